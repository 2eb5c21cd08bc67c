use super::item::{Sink, file_line};
use crate::identity::{Place, PlaceKind};
use crate::source::SourceMap;

pub(super) fn of(sources: &SourceMap, places: &[&Place]) -> Vec<Sink> {
    let mut sinks: Vec<Sink> = Vec::new();
    for place in places {
        let (file, line) = file_line(sources, place.span);
        let sink = Sink {
            kind: place.kind.describe(),
            address: place.address.clone(),
            attribute: place.attribute.clone(),
            file,
            line,
            reload: reload(place.kind),
        };
        if !sinks.contains(&sink) {
            sinks.push(sink);
        }
    }
    sinks
}

fn reload(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::WorkloadEnv => "the apply replaces what runs",
        PlaceKind::BootScript => "instances have to be replaced",
        PlaceKind::SecretStore => "consumers have to read it again",
        PlaceKind::CiSecret => "the next job takes it",
        PlaceKind::Output => "whoever reads the output has to apply",
        PlaceKind::Provider => "the next run takes it",
        PlaceKind::Module => "the module decides",
        PlaceKind::File => "whoever read the file has to read it again",
        PlaceKind::Login => "the apply changes what is accepted",
        PlaceKind::Other => "the apply changes it",
    }
}

/// Consumers that this code cannot name.
pub(super) fn cautions(places: &[&Place], paired: bool) -> Vec<String> {
    let mut cautions = Vec::new();
    let mut outside = |kind: PlaceKind, why: &str| {
        if let Some(place) = places.iter().find(|place| place.kind == kind) {
            cautions.push(format!("it goes to `{}`: {why}", place.address));
        }
    };
    outside(
        PlaceKind::Output,
        "whoever reads that output is not known here and has to be found before the old one is disabled",
    );
    outside(PlaceKind::Module, "the source of that module is not here, so its consumers are not known");
    outside(PlaceKind::File, "who reads that file is not known here");
    if places.is_empty() && !paired {
        cautions.push(
            "nothing here uses it, so whoever does is not known: look at when it was last used".to_owned(),
        );
    }
    cautions
}
