use super::{Context, environment, identities, known, owners, subjects};
use crate::identity::facts::Kind;
use crate::identity::model::{Credential, CredentialId, Model, Owner, OwnerSource, Ownership, Subject};

/// Values that only become credentials where they are used.
const GENERATED: [&str; 4] = ["random_password", "random_string", "random_bytes", "random_id"];

pub(super) fn lower(model: &mut Model, cx: &Context<'_>) {
    let mut found = Vec::new();
    for (resource, facts) in known(model) {
        let generated = GENERATED.contains(&&*resource.kind);
        let is_credential = matches!(facts.kind, Kind::Credential | Kind::Certificate)
            || generated
            // Services and users whose type puts a key of theirs into state.
            || !facts.gives.is_empty();
        if !is_credential {
            continue;
        }
        let subject = match facts.subject.first() {
            Some(_) => subjects::of_resource(model, resource, facts),
            None => match model.identity_of(resource.id) {
                Some(identity) => Subject::Identity(identity.id),
                None => Subject::None,
            },
        };
        let mut owner = match generated {
            true => Ownership::Unknown,
            false => owners::ownership(model, resource, facts, cx),
        };
        // A credential belongs to whoever owns the identity that it proves to be.
        if !matches!(&owner, Ownership::Owned(owner) if !matches!(owner.source, OwnerSource::Codeowners(_)))
            && let Subject::Identity(id) = &subject
        {
            owner = match &model.identity(*id).owner {
                Ownership::Owned(of) => Ownership::Owned(Owner {
                    name: of.name.clone(),
                    source: OwnerSource::Identity,
                    span: of.span,
                }),
                other => other.clone(),
            };
        }
        found.push(Credential {
            id: CredentialId(found.len()),
            resource: resource.id,
            address: resource.address.clone(),
            kind: resource.kind.to_string(),
            name: identities::name(resource, facts),
            subject,
            owner,
            is_static: facts.is_static,
            generated,
            human: facts.human,
            state: identities::state(resource),
            expiry: identities::expiry(resource, facts),
            environment: environment(model, resource, cx),
        });
    }
    model.credential_of = found.iter().map(|credential| (credential.resource, credential.id)).collect();
    model.credentials = found;
}
