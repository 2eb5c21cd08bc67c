use super::args::InventoryArgs;
use super::{CLEAN, Trouble, input, output};
use crate::report::inventory::Inventory;

pub(super) fn run(args: &InventoryArgs) -> Result<u8, Trouble> {
    let analysis = input::look(&args.input)?;
    let inventory = Inventory::new(&analysis.estate, &analysis.sources);
    output::print(&args.format.render(&inventory))?;
    let gaps = analysis.gaps.len();
    if gaps > 0 {
        eprintln!("{gaps} coverage gap(s): `keyward scan --verbose` lists what could not be analysed");
    }
    Ok(CLEAN)
}
