use crate::iam::pattern::Syntax;

/// A condition operator taken apart: `ForAllValues:StringNotLikeIfExists`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    pub quantifier: Quantifier,
    pub test: Test,
    pub negated: bool,
    pub if_exists: bool,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// The key has one value.
    One,
    /// Every value of the request has to pass, and a request without a value passes.
    ForAll,
    /// Some value of the request has to pass.
    ForAny,
}

/// What is compared, without regard to negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    /// `ArnEquals` and `ArnLike` mean the same.
    Arn,
    Bool,
    /// An order or equality of numbers.
    Numeric,
    Date,
    IpAddress,
    Binary,
    /// Whether the key is absent.
    Null,
    /// Not an operator that AWS has, or not known.
    Other,
}

impl Operator {
    /// Operators are written in any case.
    pub fn parse(text: &str) -> Operator {
        let lower = text.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::ForAll, rest),
            Some(("foranyvalue", rest)) => (Quantifier::ForAny, rest),
            _ => (Quantifier::One, lower.as_str()),
        };
        let (rest, if_exists) = match rest.strip_suffix("ifexists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (test, negated) = match rest {
            "stringequals" => (Test::StringEquals, false),
            "stringnotequals" => (Test::StringEquals, true),
            "stringequalsignorecase" => (Test::StringEqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::StringEqualsIgnoreCase, true),
            "stringlike" => (Test::StringLike, false),
            "stringnotlike" => (Test::StringLike, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "bool" => (Test::Bool, false),
            "null" => (Test::Null, false),
            "ipaddress" => (Test::IpAddress, false),
            "notipaddress" => (Test::IpAddress, true),
            "binaryequals" => (Test::Binary, false),
            _ if rest.starts_with("numeric") => (Test::Numeric, rest == "numericnotequals"),
            _ if rest.starts_with("date") => (Test::Date, rest == "datenotequals"),
            _ => (Test::Other, false),
        };
        Operator { quantifier, test, negated, if_exists, text: text.to_owned() }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How values under this operator are read: only the `Like` and ARN operators know wildcards.
    pub fn syntax(&self) -> Syntax {
        match self.test {
            Test::StringLike | Test::Arn => Syntax::Glob,
            _ => Syntax::Literal,
        }
    }

    /// Whether a request passes that does not have the key at all. A negated test does: nothing is equal to
    /// what is missing.
    pub fn passes_without_key(&self) -> bool {
        self.if_exists
            || match self.quantifier {
                Quantifier::ForAll => true,
                Quantifier::ForAny => false,
                Quantifier::One => self.negated,
            }
    }
}
