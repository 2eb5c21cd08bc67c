use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How bad it is, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// How sure keyward is, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// Who is reading: each persona sees what the ones before it see, and more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// What a reviewer would act on before merge.
    #[default]
    Regular,
    /// Also what is probably right but needs context to decide.
    Strict,
    /// Everything, for a review of the whole estate.
    Auditor,
}

impl Severity {
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// Moves by `steps`, stopping at either end.
    pub fn shifted(self, steps: i32) -> Self {
        let at = (self as i32 + steps).clamp(0, Self::ALL.len() as i32 - 1);
        Self::ALL[at as usize]
    }
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }

    /// One step less for each unresolved value; `None` below low.
    pub fn lowered(self, steps: usize) -> Option<Self> {
        let all = [Confidence::Low, Confidence::Medium, Confidence::High];
        (self as usize).checked_sub(steps).map(|at| all[at])
    }
}

impl Persona {
    pub fn name(self) -> &'static str {
        match self {
            Persona::Regular => "regular",
            Persona::Strict => "strict",
            Persona::Auditor => "auditor",
        }
    }
}

macro_rules! display_and_parse {
    ($type:ty, $($value:expr),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
        impl FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let all = [$($value),+];
                all.into_iter().find(|value| value.name() == text).ok_or_else(|| {
                    format!("`{text}` is none of {}", all.map(|value| value.name()).join(", "))
                })
            }
        }
    };
}

display_and_parse!(
    Severity,
    Severity::Info,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical
);
display_and_parse!(Confidence, Confidence::Low, Confidence::Medium, Confidence::High);
display_and_parse!(Persona, Persona::Regular, Persona::Strict, Persona::Auditor);
