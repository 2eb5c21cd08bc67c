use super::args::{AnswerFormat, QueryArgs};
use super::{Trouble, input, output};
use crate::iam::Tri;
use crate::query::{self, Answers, GRAMMAR, Ways};

/// Somebody, or yes.
const FOUND: u8 = 0;
/// Nobody, or no.
const NOTHING: u8 = 1;
/// It depends on what the code does not tell.
const CANNOT_TELL: u8 = 3;

pub(super) fn run(args: &QueryArgs) -> Result<u8, Trouble> {
    let question = query::parse(&args.question).map_err(|error| {
        let forms: Vec<&str> = GRAMMAR.lines().collect();
        Trouble::new(error.to_string()).help(format!("questions are\n    {}", forms.join("\n    ")))
    })?;
    let analysis = input::look(&args.input)?;
    let ways = if args.direct { Ways::Direct } else { Ways::Any };
    let answers = query::ask(&analysis.estate, &question, ways).map_err(|message| {
        Trouble::new(message).help("`keyward inventory` lists the addresses of identities")
    })?;
    output::print(&match args.format {
        AnswerFormat::Human => query::human(&answers, &analysis.sources),
        AnswerFormat::Json => query::json(&args.question, &answers, &analysis.sources),
    })?;
    Ok(code(&answers))
}

fn code(answers: &Answers) -> u8 {
    match answers.verdict {
        Some(Tri::Yes) => FOUND,
        Some(Tri::Maybe) => CANNOT_TELL,
        Some(Tri::No) => NOTHING,
        None if answers.matches.is_empty() => NOTHING,
        None => FOUND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_has_every_form() {
        let help = super::super::args::QUERY_HELP;
        assert!(GRAMMAR.lines().all(|form| help.contains(&format!("\n  {form}\n"))));
    }
}
