use crate::iam::pattern::Syntax;

/// A condition operator taken apart: `ForAllValues:StringNotLikeIfExists`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    pub quantifier: Quantifier,
    pub test: Test,
    /// Which order of numbers and dates it asks for; `Equal` for all other tests.
    pub order: Order,
    pub negated: bool,
    pub if_exists: bool,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
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
            _ => (Test::Other, false),
        };
        let (test, order, negated) = match typed(rest) {
            Some(found) => found,
            None => (test, Order::Equal, negated),
        };
        Operator { quantifier, test, order, negated, if_exists, text: text.to_owned() }
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

    /// Policy variables are filled in for strings and ARNs, and stand for themselves elsewhere.
    pub fn knows_variables(&self) -> bool {
        matches!(self.test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::Arn)
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

/// The operators of numbers and dates, in lower case.
fn typed(name: &str) -> Option<(Test, Order, bool)> {
    let (test, rest) = match (name.strip_prefix("numeric"), name.strip_prefix("date")) {
        (Some(rest), _) => (Test::Numeric, rest),
        (_, Some(rest)) => (Test::Date, rest),
        _ => return None,
    };
    let (order, negated) = match rest {
        "equals" => (Order::Equal, false),
        "notequals" => (Order::Equal, true),
        "lessthan" => (Order::Less, false),
        "lessthanequals" => (Order::LessOrEqual, false),
        "greaterthan" => (Order::Greater, false),
        "greaterthanequals" => (Order::GreaterOrEqual, false),
        _ => return None,
    };
    Some((test, order, negated))
}
