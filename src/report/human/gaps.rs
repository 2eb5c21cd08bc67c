use super::Context;
use super::paint::Tone;
use crate::diagnostic::{Gap, GapKind};
use crate::report::place::Place;
use crate::report::text::{count, first_few, one_line};
use std::collections::BTreeMap;

const MAX_PLACES: usize = 3;

/// What was not analysed. Silence about it would read as "nothing found there".
pub(super) fn write(out: &mut String, context: &Context<'_>) {
    let gaps = &context.prepared.gaps;
    if gaps.is_empty() {
        return;
    }
    let paint = context.paint;
    let title = format!("Not analysed: {}", count(gaps.len(), "coverage gap"));
    out.push_str(&paint.tone(Tone::Warning, &title));
    out.push('\n');
    let mut kinds: BTreeMap<GapKind, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps.iter() {
        kinds.entry(gap.kind).or_default().push(gap);
    }
    let width = kinds.keys().map(|kind| kind.name().len()).max().unwrap_or(0);
    for (kind, gaps) in kinds {
        match context.options.verbose {
            true => gaps.iter().for_each(|gap| whole(out, context, gap)),
            false => {
                let places: Vec<_> = gaps.iter().filter_map(|gap| place(context, gap)).collect();
                let what = match (places.is_empty(), gaps.len()) {
                    (true, _) | (_, 1) => described(context, gaps[0]),
                    _ => first_few(&places, MAX_PLACES).replace('…', paint.glyphs.ellipsis),
                };
                out.push_str(&format!("  {:width$} {:>4}  {what}\n", kind.name(), gaps.len()));
            }
        }
    }
    if !context.options.verbose {
        let hint = "  All of them, and what would help: --verbose";
        out.push_str(&paint.tone(Tone::Dim, hint));
        out.push('\n');
    }
    out.push('\n');
}

fn whole(out: &mut String, context: &Context<'_>, gap: &Gap) {
    out.push_str(&format!("  {}: {}\n", gap.kind.name(), described(context, gap)));
    if let Some(help) = &gap.help {
        let key = context.paint.tone(Tone::Bold, "help:");
        out.push_str(&format!("      {key} {}\n", one_line(help)));
    }
}

fn described(context: &Context<'_>, gap: &Gap) -> String {
    match place(context, gap) {
        Some(place) => format!("{place}: {}", one_line(&gap.message)),
        None => one_line(&gap.message),
    }
}

fn place(context: &Context<'_>, gap: &Gap) -> Option<String> {
    let place = gap.span.and_then(|span| Place::of(context.report.sources, span));
    place.map(|place| place.file_line()).or_else(|| gap.path.clone()).map(|path| one_line(&path))
}
