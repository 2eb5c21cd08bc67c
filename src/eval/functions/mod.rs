//! The pure functions of the Terraform language. Those that read files, and `try` and `can`, which need
//! unevaluated arguments, belong to the evaluator.

mod boolean;
mod call;
mod collection;
mod convert;
mod csv;
mod date;
mod duration;
mod encoding;
mod expand;
mod format;
mod format_number;
mod gzip;
mod hash;
mod json;
mod json_parse;
mod lookup;
mod mapping;
mod network;
mod numeric;
mod regex;
mod regex_syntax;
mod set;
mod sink;
mod string;
mod substring;
mod table;
#[cfg(test)]
mod tests;
mod text_encoding;
mod tfvars;
mod yaml;
mod yaml_decode;
mod yaml_encode;

pub use call::{FunctionError, FunctionErrorKind, call, exists, names};
pub use json::decode as decode_json;
pub use regex::compiled as patterns_compiled;
pub use yaml::{YamlDocument, documents as decode_yaml};
