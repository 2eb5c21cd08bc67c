use super::Context;
use super::paint::Tone;
use super::snippet::{self, Mark};
use crate::diagnostic::{Applicability, Confidence, Finding, Label, Scaffold, Site};
use crate::report::place::Place;
use crate::report::scaffold;
use crate::report::text::{count, one_line, wrap};
use crate::source::Span;

/// Further places shown as source; the route is words already and shows only where it begins.
const MAX_RELATED: usize = 6;
const MAX_MORE: usize = 3;

pub(super) fn write(out: &mut String, context: &Context<'_>, finding: &Finding, first_of_rule: bool) {
    heading(out, context, finding);
    out.push_str(&snippet::render(context, finding.severity, &marks(finding)));
    if Place::of(context.report.sources, finding.span()).is_none() {
        line(out, context, "at", &finding.primary().address);
    }
    if let Some(route) = route(context, &finding.route) {
        line(out, context, "route", &route);
    }
    for note in &finding.notes {
        line(out, context, "note", note);
    }
    if let Some(owner) = &finding.owner {
        line(out, context, "owner", owner);
    }
    if finding.confidence != Confidence::High {
        line(out, context, "confidence", finding.confidence.name());
    }
    if let Some(help) = &finding.help {
        line(out, context, "help", help);
    }
    for fix in &finding.fixes {
        let key = match fix.applicability {
            Applicability::Safe => "fix".to_owned(),
            kind => format!("fix ({})", kind.name()),
        };
        line(out, context, &key, &fix.title);
        match &fix.scaffold {
            Some(scaffold) if context.options.verbose => sketch(out, context, scaffold),
            _ => {}
        }
    }
    if !finding.more_sites().is_empty() {
        let key = format!("and {}", count(finding.more_sites().len(), "more instance"));
        line(out, context, &key, &more(context, finding));
    }
    if !finding.merged.is_empty() {
        line(out, context, "also", &finding.merged.join(", "));
    }
    if first_of_rule {
        let sketched = finding.fixes.iter().any(|fix| fix.scaffold.is_some()) && !context.options.verbose;
        let more = if sketched { "; --verbose shows how to begin" } else { "" };
        line(out, context, "docs", &format!("keyward explain {}{more}", finding.rule));
    }
}

/// `critical[KW101 long-lived-static-credential]: message`
fn heading(out: &mut String, context: &Context<'_>, finding: &Finding) {
    let tag = format!("{}[{} {}]", finding.severity, finding.code, finding.rule);
    let text = format!("{tag}: {}", one_line(&finding.message));
    let mut lines = wrap(&text, context.options.width).into_iter();
    let first = lines.next().unwrap_or_default();
    let paint = context.paint;
    match first.strip_prefix(&tag) {
        Some(rest) => {
            out.push_str(&paint.tone(Tone::of(finding.severity), &tag));
            out.push_str(&paint.tone(Tone::Bold, rest));
        }
        None => out.push_str(&paint.tone(Tone::of(finding.severity), &first)),
    }
    out.push('\n');
    for line in lines {
        out.push_str(&format!("  {}\n", paint.tone(Tone::Bold, &line)));
    }
}

/// `  = note: text`, with what does not fit below the text.
fn line(out: &mut String, context: &Context<'_>, key: &str, text: &str) {
    // Below a long key the text would have no room.
    let indent = if key.len() <= 14 { key.len() + 6 } else { 8 };
    let room = context.options.width.saturating_sub(key.len() + 6).max(20);
    let paint = context.paint;
    for (number, part) in wrap(&one_line(text), room).into_iter().enumerate() {
        match number {
            0 => out.push_str(&format!(
                "  {} {} {part}\n",
                paint.tone(Tone::Dim, "="),
                paint.tone(Tone::Bold, &format!("{key}:"))
            )),
            _ => out.push_str(&format!("{:indent$}{part}\n", "")),
        }
    }
}

/// Code to begin with, as it is to be copied, and the steps below it.
fn sketch(out: &mut String, context: &Context<'_>, sketch: &Scaffold) {
    out.push('\n');
    for line in scaffold::code(sketch) {
        out.push_str(format!("        {line}").trim_end());
        out.push('\n');
    }
    if !sketch.snippet.is_empty() {
        out.push('\n');
    }
    let room = context.options.width.saturating_sub(11).max(20);
    for step in scaffold::steps(sketch) {
        for (number, part) in wrap(&one_line(&step), room).into_iter().enumerate() {
            let indent = if number == 0 { 8 } else { 11 };
            out.push_str(&format!("{:indent$}{part}\n", ""));
        }
    }
    out.push('\n');
}

/// The primary place, what explains it, and where the value was written.
fn marks(finding: &Finding) -> Vec<Mark<'_>> {
    let mut marks = vec![Mark { span: finding.span(), text: &finding.label, primary: true }];
    let origin = finding.route.first();
    for label in finding.related.iter().take(MAX_RELATED).chain(origin) {
        if !marks.iter().any(|mark| mark.span == label.span) {
            marks.push(Mark { span: label.span, text: &label.text, primary: false });
        }
    }
    marks
}

/// `var.x (modules/a/variables.tf:3) → module.b.token (main.tf:9)`
fn route(context: &Context<'_>, steps: &[Label]) -> Option<String> {
    let steps: Vec<_> = steps
        .iter()
        .map(|step| match Place::of(context.report.sources, step.span) {
            Some(place) => format!("{} ({})", step.text, place.file_line()),
            None => step.text.clone(),
        })
        .collect();
    (!steps.is_empty()).then(|| steps.join(&format!(" {} ", context.paint.glyphs.arrow)))
}

/// `module.x["a"].aws_iam_user.ci main.tf:9, …`; instances of one block share its place, which is shown already.
fn more(context: &Context<'_>, finding: &Finding) -> String {
    let sites = finding.more_sites();
    let shown = if context.options.verbose { sites.len() } else { MAX_MORE.min(sites.len()) };
    let mut names: Vec<_> =
        sites[..shown].iter().map(|site| site_name(context, site, finding.span())).collect();
    if shown < sites.len() {
        names.push(context.paint.glyphs.ellipsis.to_owned());
    }
    names.join(", ")
}

fn site_name(context: &Context<'_>, site: &Site, shown: Span) -> String {
    match Place::of(context.report.sources, site.span) {
        Some(place) if place.path == site.address => place.file_line(),
        Some(place) if site.span != shown => format!("{} {}", site.address, place.file_line()),
        _ => site.address.clone(),
    }
}
