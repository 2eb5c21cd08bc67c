//! From syntax to values: what each expression is, what stays unknown, and where every literal came from.

pub mod functions;
pub mod value;
