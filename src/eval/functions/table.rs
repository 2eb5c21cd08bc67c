use super::call::Function;
use super::call::Param::{Any, AnyOrNull, List, Num, Set, Str, Strs, StrsOrNulls};
use super::call::Run::{Free, Impure, Known};
use super::{
    boolean, collection, convert, csv, date, encoding, expand, format, gzip, hash, json, lookup, mapping,
    network, numeric, regex, set, string, substring, text_encoding, tfvars, yaml,
};

/// `name(parameters; optional parameters, rest...) => how`.
macro_rules! family {
    ($($name:literal ($($param:ident),* $(; $($optional:ident),*)? $(, ..$rest:ident)?) => $run:expr;)*) => {
        &[$(Function {
            name: $name,
            params: &[$($param,)* $($($optional,)*)?],
            required: { const PARAMS: &[super::call::Param] = &[$($param),*]; PARAMS.len() },
            rest: family!(@rest $($rest)?),
            run: $run,
        },)*]
    };
    (@rest) => { None };
    (@rest $rest:ident) => { Some($rest) };
}

pub(super) static TABLE: &[&[Function]] =
    &[NUMERIC, STRING, COLLECTION, SETS, ENCODING, HASH, DATE, NETWORK, CONVERSION, IMPURE];

static NUMERIC: &[Function] = family! {
    "abs"(Num) => Known(numeric::abs);
    "ceil"(Num) => Known(numeric::ceil);
    "floor"(Num) => Known(numeric::floor);
    "log"(Num, Num) => Known(numeric::log);
    "max"(Num, ..Num) => Known(numeric::max);
    "min"(Num, ..Num) => Known(numeric::min);
    "parseint"(Any, Num) => Known(numeric::parseint);
    "pow"(Num, Num) => Known(numeric::pow);
    "signum"(Num) => Known(numeric::signum);
    "sum"(Any) => Known(numeric::sum);
};

static STRING: &[Function] = family! {
    "chomp"(Str) => Free(substring::chomp);
    "endswith"(Str, Str) => Free(string::endswith);
    "format"(Str, ..AnyOrNull) => Free(format::format);
    "formatlist"(Str, ..AnyOrNull) => Free(format::formatlist);
    "indent"(Num, Str) => Free(string::indent);
    "join"(Str, ..Strs) => Free(string::join);
    "lower"(Str) => Free(string::lower);
    "regex"(Str, Str) => Known(regex::regex);
    "regexall"(Str, Str) => Known(regex::regexall);
    "replace"(Str, Str, Str) => Free(regex::replace);
    "split"(Str, Str) => Known(substring::split);
    "startswith"(Str, Str) => Free(string::startswith);
    "strcontains"(Str, Str) => Free(string::strcontains);
    "strrev"(Str) => Known(string::strrev);
    "substr"(Str, Num, Num) => Known(substring::substr);
    "title"(Str) => Known(string::title);
    "trim"(Str, Str) => Known(substring::trim);
    "trimprefix"(Str, Str) => Free(substring::trimprefix);
    "trimspace"(Str) => Free(substring::trimspace);
    "trimsuffix"(Str, Str) => Free(substring::trimsuffix);
    "upper"(Str) => Free(string::upper);
};

static COLLECTION: &[Function] = family! {
    "alltrue"(List) => Free(boolean::alltrue);
    "anytrue"(List) => Free(boolean::anytrue);
    "chunklist"(List, Num) => Free(expand::chunklist);
    "coalesce"(AnyOrNull, ..AnyOrNull) => Free(lookup::coalesce);
    "coalescelist"(Any, ..Any) => Free(lookup::coalescelist);
    "compact"(StrsOrNulls) => Free(collection::compact);
    "concat"(Any, ..Any) => Free(collection::concat);
    "contains"(Any, Any) => Free(lookup::contains);
    "distinct"(List) => Free(collection::distinct);
    "element"(Any, Num) => Free(lookup::element);
    "flatten"(Any) => Free(collection::flatten);
    "index"(Any, Any) => Free(lookup::index);
    "keys"(Any) => Free(mapping::keys);
    "length"(Any) => Free(collection::length);
    "lookup"(Any, Str; AnyOrNull) => Free(lookup::lookup);
    "matchkeys"(List, List, List) => Free(lookup::matchkeys);
    "merge"(, ..AnyOrNull) => Free(mapping::merge);
    "one"(Any) => Free(lookup::one);
    "range"(Num; Num, Num) => Known(expand::range);
    "reverse"(Any) => Free(collection::reverse);
    "slice"(Any, Num, Num) => Free(collection::slice);
    "sort"(Strs) => Free(collection::sort);
    "transpose"(Any) => Free(mapping::transpose);
    "values"(Any) => Free(mapping::values);
    "zipmap"(Strs, Any) => Free(mapping::zipmap);
};

static SETS: &[Function] = family! {
    "setintersection"(Set, ..Set) => Free(set::intersection);
    "setproduct"(, ..Any) => Free(expand::setproduct);
    "setsubtract"(Set, Set) => Free(set::subtract);
    "setunion"(Set, ..Set) => Free(set::union);
};

static ENCODING: &[Function] = family! {
    "base64decode"(Str) => Known(encoding::base64decode);
    "base64encode"(Str) => Known(encoding::base64encode);
    "base64gunzip"(Str) => Known(gzip::base64gunzip);
    "base64gzip"(Str) => Known(gzip::base64gzip);
    "csvdecode"(Str) => Known(csv::csvdecode);
    "jsondecode"(Str) => Free(json::jsondecode);
    "jsonencode"(AnyOrNull) => Free(json::jsonencode);
    "textdecodebase64"(Str, Str) => Known(text_encoding::textdecodebase64);
    "textencodebase64"(Str, Str) => Known(text_encoding::textencodebase64);
    "urldecode"(Str) => Known(encoding::urldecode);
    "urlencode"(Str) => Known(encoding::urlencode);
    "yamldecode"(Str) => Free(yaml::yamldecode);
    "yamlencode"(AnyOrNull) => Free(yaml::yamlencode);
    "provider::terraform::encode_expr"(AnyOrNull) => Known(tfvars::encode_expr);
    "provider::terraform::encode_tfvars"(Any) => Known(tfvars::encode_tfvars);
};

static HASH: &[Function] = family! {
    "base64sha256"(Str) => Known(hash::base64sha256);
    "base64sha512"(Str) => Known(hash::base64sha512);
    "md5"(Str) => Known(hash::md5);
    "sha1"(Str) => Known(hash::sha1);
    "sha256"(Str) => Known(hash::sha256);
    "sha512"(Str) => Known(hash::sha512);
    "uuidv5"(Str, Str) => Known(hash::uuidv5);
};

static DATE: &[Function] = family! {
    "formatdate"(Str, Str) => Known(date::formatdate);
    "timeadd"(Str, Str) => Known(date::timeadd);
    "timecmp"(Str, Str) => Known(date::timecmp);
};

static NETWORK: &[Function] = family! {
    "cidrcontains"(Str, Str) => Known(network::cidrcontains);
    "cidrhost"(Str, Num) => Known(network::cidrhost);
    "cidrnetmask"(Str) => Known(network::cidrnetmask);
    "cidrsubnet"(Str, Num, Num) => Known(network::cidrsubnet);
    "cidrsubnets"(Str, ..Num) => Known(network::cidrsubnets);
};

static CONVERSION: &[Function] = family! {
    "basename"(Str) => Known(substring::basename);
    "dirname"(Str) => Known(substring::dirname);
    "ephemeralasnull"(AnyOrNull) => Free(convert::identity);
    "issensitive"(AnyOrNull) => Free(convert::issensitive);
    "nonsensitive"(AnyOrNull) => Free(convert::nonsensitive);
    "sensitive"(AnyOrNull) => Free(convert::sensitive);
    "tobool"(AnyOrNull) => Free(convert::tobool);
    "tolist"(AnyOrNull) => Free(convert::tolist);
    "tomap"(AnyOrNull) => Free(convert::tomap);
    "tonumber"(AnyOrNull) => Free(convert::tonumber);
    "toset"(AnyOrNull) => Free(convert::toset);
    "tostring"(AnyOrNull) => Free(convert::tostring);
};

/// Where the process runs and for whom, and the time, are no property of the code.
static IMPURE: &[Function] = family! {
    "abspath"(Str) => Impure;
    "bcrypt"(Str; Num) => Impure;
    "pathexpand"(Str) => Impure;
    "plantimestamp"() => Impure;
    "rsadecrypt"(Str, Str) => Impure;
    "timestamp"() => Impure;
    "uuid"() => Impure;
};
