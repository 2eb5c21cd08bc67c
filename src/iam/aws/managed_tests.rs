use super::*;
use crate::iam::Verdict;

#[test]
fn verdicts_follow_from_the_documents() {
    let mut different = Vec::new();
    for policy in managed_policies() {
        let document = managed_document(policy.name).expect("every policy has a document");
        assert!(!document.statements.is_empty(), "{}", policy.name);
        let computed = judge(&[&document]).verdict;
        if computed != policy.verdict.verdict() {
            different.push((policy.name, computed, policy.verdict));
        }
    }
    assert_eq!(managed_policies().len(), 1_594);
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn counts_follow_from_the_documents() {
    let mut different = Vec::new();
    for policy in managed_policies() {
        // The summary counts a plain `*` without condition only, and no part of a service.
        let document = managed_document(policy.name).expect("every policy has a document");
        let plain = document.statements.iter().all(|statement| {
            let elements = statement.resources.elements();
            let broad = matches!(&statement.resources, Resources::Only(_))
                && elements.iter().all(|element| element.pattern.is_any());
            broad && statement.conditions.is_empty()
        });
        if plain {
            let counts = effective([&document]).on_all.by_level().map(|count| count as u32);
            if counts != policy.broad {
                different.push((policy.name, counts, policy.broad));
            }
        }
    }
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn every_document_reads_without_a_problem() {
    for policy in managed_policies() {
        let read = managed::managed_read(policy.name).expect("every policy has a document");
        assert_eq!(read.problems, [], "{}", policy.name);
        let document = read.document;
        assert!(!document.has_holes(), "{}", policy.name);
        let unknown = effective([&document]).unknown_names.len();
        assert!(unknown < 60, "{} has {unknown} unknown names", policy.name);
    }
}

#[test]
fn found_by_any_arn() {
    for arn in [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        "arn:aws-us-gov:iam::aws:policy/any/path/AdministratorAccess",
        "AdministratorAccess",
    ] {
        assert_eq!(managed(arn).map(|policy| policy.verdict), Some(ManagedVerdict::Admin), "{arn}");
    }
    assert!(managed("arn:aws:iam::123456789012:policy/AdministratorAccess").is_none());
    assert!(managed("arn:aws:iam::aws:policy/").is_none());
    let role = managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
    assert_eq!(
        role.map(ManagedSummary::arn).as_deref(),
        Some("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    );
    assert_eq!(managed_document("PowerUserAccess").map(|it| judge(&[&it]).verdict), Some(Verdict::Power));
}
