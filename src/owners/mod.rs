//! Who answers for what: CODEOWNERS, rosters, and owners named in prose.
