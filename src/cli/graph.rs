use super::args::GraphArgs;
use super::{CLEAN, Trouble, input, output};
use crate::identity::graph::Graph;

pub(super) fn run(args: &GraphArgs) -> Result<u8, Trouble> {
    let analysis = input::look(&args.input)?;
    let graph = Graph::new(&analysis.estate, |span| analysis.sources.file_line(span));
    let parts = match &args.around {
        None => graph.whole(),
        Some(address) => graph.around(address, args.depth),
    };
    if let (Some(address), true) = (&args.around, parts.nodes.is_empty()) {
        return Err(Trouble::new(format!(
            "there is no identity, credential, grant or workload `{address}` here"
        ))
        .help("`keyward inventory` lists the addresses"));
    }
    output::print(&args.format.render(&parts))?;
    Ok(CLEAN)
}
