/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub files: usize,
    pub blocks: usize,
    pub blocks_analysed: usize,
    pub resources: usize,
    pub identities: usize,
    pub credentials: usize,
    pub workloads: usize,
    pub roots: usize,
}

/// How many findings do not count, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    pub by_persona: usize,
    pub waived: usize,
    pub baselined: usize,
}
