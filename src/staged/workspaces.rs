//! Which root modules are applied several times, each with a state of its own.

use crate::analysis::Analysis;
use crate::eval::{BlockValue, Project};
use crate::source::{FileKind, SourceFile};
use crate::syntax::comments;
use std::collections::{BTreeSet, HashSet};

/// What a configuration says that tells workspaces apart.
const WORKSPACE: &str = "terraform.workspace";

/// Directories of root modules whose code tells workspaces apart, or keeps a state for each.
pub(super) fn several(analysis: &Analysis) -> BTreeSet<String> {
    let speaking: HashSet<&str> =
        analysis.sources.iter().filter(|file| speaks(file)).map(|file| file.dir()).collect();
    let projects = analysis.estate.models.iter().map(|model| &model.project);
    let several = projects.filter(|project| {
        project.modules.iter().any(|module| speaking.contains(module.dir.as_str())) || keeps_several(project)
    });
    several.map(|project| project.dir.clone()).collect()
}

fn speaks(file: &SourceFile) -> bool {
    let code = !matches!(file.kind, FileKind::Vars | FileKind::VarsJson);
    let mut remarks = None;
    code && file.text.match_indices(WORKSPACE).any(|(at, _)| {
        let remarks = remarks.get_or_insert_with(|| comments(&file.text));
        file.kind != FileKind::Hcl || !remarks.iter().any(|comment| comment.range.contains(&at))
    })
}

/// Source: Terraform, "Backend type: remote" (`prefix`), "Backend type: s3" (`workspace_key_prefix`), "The cloud block"
/// (`tags`, `project`).
fn keeps_several(project: &Project) -> bool {
    let settings = project.modules.first().into_iter().flat_map(|root| &root.settings);
    let mut homes = settings.flat_map(|block| [block.blocks("backend"), block.blocks("cloud")].concat());
    let many = |block: &BlockValue| block.value("name").is_none();
    homes.any(|home| home.has_block("workspace_key_prefix") || home.blocks("workspaces").iter().any(many))
}
