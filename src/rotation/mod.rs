//! The exchange of credentials: what is due and how it is to be done ([`plan`]).

pub mod plan;
