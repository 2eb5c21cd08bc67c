use crate::iam::{Pattern, Tri, Verdict};

/// One block of permissions of a role definition. `not_actions` take away from this block only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permissions {
    pub actions: Vec<Pattern>,
    pub not_actions: Vec<Pattern>,
    pub data_actions: Vec<Pattern>,
    pub not_data_actions: Vec<Pattern>,
    /// A condition narrows the block, usually to certain roles that may be assigned.
    pub conditional: bool,
}

/// What a role amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Assigns roles only under a condition.
    pub assigns_conditionally: bool,
    /// Does more than read.
    pub writes: Tri,
}

const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";

/// Actions of which a role that is not made for one purpose has all.
const SAMPLE: [&str; 6] = [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.Network/virtualNetworks/write",
    "Microsoft.Resources/deployments/write",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Web/sites/write",
];

impl Permissions {
    pub fn allows(&self, action: &str) -> Tri {
        net(&self.actions, &self.not_actions, action)
    }

    pub fn allows_data(&self, action: &str) -> Tri {
        net(&self.data_actions, &self.not_data_actions, action)
    }

    /// Some action is more than a read. Wildcards count unless they end in `/read`.
    fn writes(&self) -> Tri {
        Tri::any(self.actions.iter().chain(&self.data_actions).map(|pattern| {
            let text = pattern.to_string().to_ascii_lowercase();
            match text.ends_with("/read") {
                true => Tri::No,
                false if pattern.has_hole() => Tri::Maybe,
                false => Tri::Yes,
            }
        }))
    }
}

/// Judges the blocks of a role together.
pub fn judge(blocks: &[Permissions]) -> Judgement {
    let free = || blocks.iter().filter(|block| !block.conditional);
    let allows = |action: &str| Tri::any(free().map(|block| block.allows(action)));
    let verdict = if allows(ASSIGN).is_yes() {
        Verdict::Admin
    } else if SAMPLE.iter().all(|action| allows(action).is_yes()) {
        Verdict::Power
    } else {
        Verdict::None
    };
    let bound = blocks.iter().filter(|block| block.conditional);
    let assigns_conditionally =
        verdict != Verdict::Admin && Tri::any(bound.map(|block| block.allows(ASSIGN))).is_yes();
    Judgement { verdict, assigns_conditionally, writes: Tri::any(blocks.iter().map(Permissions::writes)) }
}

fn net(allowed: &[Pattern], taken: &[Pattern], action: &str) -> Tri {
    let any = |patterns: &[Pattern]| Tri::any(patterns.iter().map(|it| it.matches_ignore_case(action)));
    any(allowed).and(!any(taken))
}
