use super::{Kind, Part, Value};
use crate::source::Span;
use std::sync::Arc;

/// Tells values apart without looking into them: clones of one value have the same. It holds as long as one of them
/// is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    content: usize,
    pieces: usize,
    decoded: usize,
    span: Option<Span>,
}

impl Value {
    /// `None` for values that are as quick to look at.
    pub fn place(&self) -> Option<Place> {
        let (content, pieces) = match &self.kind {
            Kind::String(text) => text.place(),
            Kind::Template(parts) => (address(Arc::<Vec<Part>>::as_ptr(parts)), 0),
            Kind::List(_, list) => (address(Arc::as_ptr(list)), 0),
            Kind::Map(_, map) => (address(Arc::as_ptr(map)), 0),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => return None,
        };
        let decoded = self.meta.decoded.as_ref().map_or(0, |decoded| address(Arc::as_ptr(decoded)));
        Some(Place { content, pieces, decoded, span: self.meta.span })
    }
}

pub(super) fn address<T: ?Sized>(of: *const T) -> usize {
    of.cast::<u8>() as usize
}
