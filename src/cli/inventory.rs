use super::args::InventoryArgs;
use super::{CLEAN, FINDINGS, Trouble, input, live, output};
use crate::diagnostic::Persona;
use crate::report::inventory::Inventory;

pub(super) fn run(args: &InventoryArgs) -> Result<u8, Trouble> {
    let mut settings = input::settings(&args.input)?;
    settings.persona = Persona::Regular;
    let analysis = input::read(&args.input, &settings)?;
    if args.live {
        let drift = live::look(&args.input, &settings, &analysis)?.drift;
        if args.alert_only && !drift.has_remarks() {
            return Ok(CLEAN);
        }
        output::print(&drift.render(args.format))?;
        tell_gaps(analysis.gaps.len());
        return Ok(if args.alert_only { FINDINGS } else { CLEAN });
    }
    let inventory = Inventory::new(&analysis.estate, &analysis.sources);
    output::print(&args.format.render(&inventory))?;
    tell_gaps(analysis.gaps.len());
    Ok(CLEAN)
}

fn tell_gaps(gaps: usize) {
    if gaps > 0 {
        eprintln!("{gaps} coverage gap(s): `keyward scan --verbose` lists what could not be analysed");
    }
}
