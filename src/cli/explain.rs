use super::args::{AnswerFormat, ExplainArgs};
use super::{CLEAN, Trouble, configuration, input, output};
use crate::report::{card, rule_page};
use crate::rules;

pub(super) fn run(args: &ExplainArgs) -> Result<u8, Trouble> {
    if let Some(rule) = rules::find(&args.subject) {
        output::print(&rule_page::page(rule.info()))?;
        return Ok(CLEAN);
    }
    // Addresses have a dot, rule names have none.
    if !args.subject.contains('.') {
        let help = match configuration::nearest(&args.subject) {
            Some(name) => format!("did you mean `{name}`? `keyward rules` lists them all"),
            None => "`keyward rules` lists the rules, `keyward inventory` the addresses".to_string(),
        };
        return Err(Trouble::new(format!("`{}` is neither a rule nor an address", args.subject)).help(help));
    }
    let analysis = input::look(&args.input)?;
    let render = match args.format {
        AnswerFormat::Human => card::render,
        AnswerFormat::Json => card::json,
    };
    let card = render(&args.subject, &analysis.estate, &analysis.sources, &analysis.findings);
    match card {
        Some(text) => output::print(&text).map(|()| CLEAN),
        None => Err(Trouble::new(format!("there is no identity or credential `{}` here", args.subject))
            .help("`keyward inventory` lists the addresses")),
    }
}
