//! What a root module may cost, so that no configuration keeps keyward busy or fills its memory. Work is
//! counted, not timed: equal input must give equal output on every machine.

use super::super::value::{Kind, Part, Value, Why};
use super::Evaluator;
use crate::diagnostic::GapKind;
use crate::source::Span;

/// Work for everything in a root module. Of the public ones that this was tried on the largest needs a
/// seventh, and nearly all others less than a hundredth.
pub(super) const MAX_WORK: u64 = 20_000_000;
/// Work for one expression with everything that it asks for, so that one bomb does not take the rest of
/// the module with it.
const MAX_WORK_PER_VALUE: u64 = 2_000_000;

/// Blocks that `dynamic` makes in one resource, which is not one expression.
const MAX_BLOCKS: usize = 16_384;
/// What making an element or a block costs beside computing it, since both stay in memory.
const ELEMENT_WORK: u64 = 4;
const BLOCK_WORK: u64 = 16;
/// Bytes of a string that cost as much as one small expression.
const TEXT_BYTES: u64 = 16;

/// What was spent so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    work: u64,
    /// Where the work for the expression under evaluation ends.
    end: u64,
    /// Blocks made in the body under evaluation.
    blocks: usize,
    /// A gap says that this expression was given up, and that the module was.
    value_reported: bool,
    all_reported: bool,
}

impl Budget {
    /// So much was spent already.
    pub(super) fn after(work: u64) -> Self {
        Budget { work, ..Budget::default() }
    }

    /// An expression that no other asks for starts with a fresh allowance.
    pub(super) fn begin(&mut self) {
        self.end = self.work.saturating_add(MAX_WORK_PER_VALUE).min(MAX_WORK);
        self.value_reported = false;
    }

    pub(super) fn spend(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    /// All of it so far.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// A collection that stays in memory.
    pub(super) fn spend_elements(&mut self, count: usize) {
        self.spend(count as u64 * ELEMENT_WORK);
    }

    /// Counts blocks for a new body; the count so far is to be given back to `end_body`.
    pub(super) fn begin_body(&mut self) -> usize {
        std::mem::take(&mut self.blocks)
    }

    pub(super) fn end_body(&mut self, before: usize) {
        self.blocks = before;
    }

    /// Whether one more block may be made.
    pub(super) fn allows_block(&mut self) -> bool {
        self.spend(BLOCK_WORK);
        self.blocks += 1;
        self.blocks <= MAX_BLOCKS && !self.is_module_exhausted()
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.work > self.end
    }

    pub(super) fn is_module_exhausted(&self) -> bool {
        self.work > MAX_WORK
    }
}

impl Evaluator<'_> {
    /// The value of an expression that there is no work left for; the first one is reported.
    pub(super) fn exhausted(&mut self, span: Span) -> Value {
        let all = self.budget.is_module_exhausted();
        let reported = match all {
            true => std::mem::replace(&mut self.budget.all_reported, true),
            false => std::mem::replace(&mut self.budget.value_reported, true),
        };
        if !reported {
            let what = if all { "one root module" } else { "one value" };
            let message = format!("this needs more computation than keyward spends on {what}");
            self.gap(GapKind::Limit, span, message);
        }
        Value::unknown(Why::Limit).at(span)
    }
}

/// What looking at a value costs, in units of one small expression.
pub(super) fn weight(value: &Value) -> u64 {
    let text = match &value.kind {
        Kind::String(text) => text.as_str().len(),
        Kind::Template(parts) => parts.iter().map(part_len).sum(),
        _ => 0,
    };
    u64::from(value.nodes()) + text as u64 / TEXT_BYTES
}

fn part_len(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.as_str().len(),
        Part::Hole(_) => 16,
    }
}
