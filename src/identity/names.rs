//! Names of identities in text, and which of them mean the same one wherever they stand.

/// Names that mean one thing everywhere: an ARN with its account, an address of a service account, an Azure
/// resource id.
pub fn is_global(text: &str) -> bool {
    if text.contains('…') {
        return false;
    }
    let mut parts = text.split(':');
    let arn = parts.next() == Some("arn") && text.contains(":iam::") && {
        let account = parts.nth(3).unwrap_or_default();
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
    };
    let email = text.ends_with(".iam.gserviceaccount.com");
    let azure = text.to_lowercase().contains("/providers/microsoft.managedidentity/userassignedidentities/");
    arn || email || azure
}

/// The same without what ARNs name beside principals, such as policies, and without what AWS makes for
/// itself and for people.
pub fn is_principal(text: &str) -> bool {
    let arn = text.starts_with("arn:");
    let of = |kind: &str| text.contains(&format!(":{kind}/"));
    let reserved = text.contains("/AWSServiceRole") || text.contains("/AWSReservedSSO_");
    is_global(text) && (!arn || ((of("role") || of("user") || of("instance-profile")) && !reserved))
}

/// The id of an application or managed identity, which looks like that of anything else in Azure: only what
/// stands where a client id belongs may be asked.
pub fn is_client_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && !is_blank_id(text)
}

/// All zeroes: it is filled in later.
pub fn is_blank_id(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// Whether a name says that its value is a client id.
pub fn names_client(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["client_id", "clientid", "client-id", "app_id", "application_id"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_told_from_other_names() {
        assert!(is_principal("arn:aws:iam::111122223333:role/a/b"));
        assert!(is_principal("ci@acme.iam.gserviceaccount.com"));
        assert!(!is_principal("arn:aws:iam::111122223333:policy/a"));
        assert!(!is_principal(
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
        ));
        assert!(is_client_id("4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37"));
        assert!(!is_client_id("00000000-0000-0000-0000-000000000000") && !is_client_id("4f1c2a9e"));
        assert!(names_client("ARM_CLIENT_ID") && !names_client("tenant_id"));
    }
}
