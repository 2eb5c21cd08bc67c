use serde::Serialize;

/// An answer about something of which parts may be unknown. Ordered from no to yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tri {
    No,
    Maybe,
    Yes,
}

impl Tri {
    pub fn is_yes(self) -> bool {
        self == Tri::Yes
    }

    pub fn is_no(self) -> bool {
        self == Tri::No
    }

    /// Yes or maybe.
    pub fn is_possible(self) -> bool {
        self != Tri::No
    }

    pub fn and(self, other: Tri) -> Tri {
        self.min(other)
    }

    pub fn or(self, other: Tri) -> Tri {
        self.max(other)
    }

    /// Yes if any answer is, no if all are, and no for none.
    pub fn any(answers: impl IntoIterator<Item = Tri>) -> Tri {
        let mut result = Tri::No;
        for answer in answers {
            result = result.or(answer);
            if result.is_yes() {
                break;
            }
        }
        result
    }

    /// Yes if every answer is, and yes for none.
    pub fn all(answers: impl IntoIterator<Item = Tri>) -> Tri {
        let mut result = Tri::Yes;
        for answer in answers {
            result = result.and(answer);
            if result.is_no() {
                break;
            }
        }
        result
    }
}

impl std::ops::Not for Tri {
    type Output = Tri;

    fn not(self) -> Tri {
        match self {
            Tri::No => Tri::Yes,
            Tri::Maybe => Tri::Maybe,
            Tri::Yes => Tri::No,
        }
    }
}

impl From<bool> for Tri {
    fn from(answer: bool) -> Tri {
        if answer { Tri::Yes } else { Tri::No }
    }
}
