use super::{AwsCredentials, Endpoint};
use crate::rotation::traits::Moment;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::Request;
use secrecy::ExposeSecret;
use std::time::{Duration, UNIX_EPOCH};

/// A request, signed with version 4.
pub(super) fn signed(
    endpoint: &Endpoint,
    credentials: &AwsCredentials,
    now: Moment,
    headers: &[(&str, &str)],
    body: String,
) -> Result<Request<String>, String> {
    let session = credentials.session.as_ref().map(|session| session.expose_secret().to_owned());
    let secret = credentials.secret.expose_secret();
    let identity = Credentials::new(&credentials.id, secret, session, None, "keyward").into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.region)
        .name(endpoint.service)
        .time(UNIX_EPOCH + Duration::from_secs(now.max(0).unsigned_abs()))
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| format!("cannot sign: {error}"))?
        .into();
    let address = format!("{}/", endpoint.address);
    let signed_body = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new("POST", &address, headers.iter().copied(), signed_body)
        .map_err(|error| format!("cannot sign: {error}"))?;
    let (instructions, _) =
        sign(signable, &parameters).map_err(|error| format!("cannot sign: {error}"))?.into_parts();
    let mut request = Request::post(&address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body).map_err(|error| format!("the address is wrong: {error}"))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
