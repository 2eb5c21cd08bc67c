use super::{AwsCredentials, Endpoint, Query};
use crate::rotation::http::Http;
use crate::rotation::traits::{Check, Clock, Doing, Failure, FailureKind, Key};
use std::sync::Arc;

/// What AWS says of a key that is inactive, deleted, or not known yet. A signature that does not match is none of
/// these: it says that the secret is wrong, and nothing of the key.
/// Source: AWS General Reference, "Common errors"; Amazon EC2 API Reference, "Error codes".
const DEAD: [&str; 4] =
    ["InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "AuthFailure"];

/// Uses an access key to ask who it is, which needs no permission.
pub struct AwsCheck {
    query: Query,
}

impl std::fmt::Debug for AwsCheck {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AwsCheck").field("endpoint", &self.query.endpoint).finish_non_exhaustive()
    }
}

impl AwsCheck {
    pub fn new(http: Http, endpoint: Endpoint, clock: Arc<dyn Clock>) -> Self {
        AwsCheck { query: Query { http, endpoint, clock } }
    }
}

impl Check for AwsCheck {
    fn name(&self) -> String {
        "AWS STS GetCallerIdentity".to_owned()
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(async move {
            let asked =
                self.query.ask(&AwsCredentials::from(key), "2011-06-15", "GetCallerIdentity", &[]).await;
            match asked {
                Ok(_) => Ok(true),
                Err(refusal) if DEAD.contains(&refusal.code.as_str()) => Ok(false),
                Err(refusal) => match refusal.failure.kind {
                    // A fresh secret may not be known everywhere yet.
                    FailureKind::Never => Err(Failure::new(FailureKind::Later, refusal.failure.message)),
                    _ => Err(refusal.failure),
                },
            }
        })
    }
}
