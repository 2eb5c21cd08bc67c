use super::{Bundle, Facts};
use crate::rotation::traits::{Doing, Failure, FailureKind, Key, Probe};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// A server that has to show the new certificate, and to have its private key. Nothing is sent to it.
pub struct ServedProbe {
    host: String,
    port: u16,
    config: Arc<ClientConfig>,
    timeout: Duration,
}

impl std::fmt::Debug for ServedProbe {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ServedProbe")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl ServedProbe {
    pub fn new(host: &str, port: u16, timeout: Duration) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyChain(provider)))
            .with_no_client_auth();
        Ok(ServedProbe { host: host.to_owned(), port, config: Arc::new(config), timeout })
    }

    fn failed(&self, why: impl std::fmt::Display) -> Failure {
        Failure::new(FailureKind::Later, format!("{}: {why}", self.name()))
    }

    async fn served(&self) -> Result<CertificateDer<'static>, Failure> {
        let name = ServerName::try_from(self.host.clone()).map_err(|error| self.failed(error))?;
        let whole = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            TlsConnector::from(self.config.clone()).connect(name, stream).await
        };
        let stream = match tokio::time::timeout(self.timeout, whole).await {
            Ok(stream) => stream.map_err(|error| self.failed(error))?,
            Err(_) => return Err(self.failed(format!("no answer within {} seconds", self.timeout.as_secs()))),
        };
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        shown
            .map(|certificate| certificate.clone().into_owned())
            .ok_or_else(|| self.failed("it shows no certificate"))
    }

    async fn compare(&self, key: &Key) -> Result<(), Failure> {
        let bundle = Bundle::of([key.secret.expose_secret()]);
        let wanted = bundle.and_then(|bundle| bundle.certificate_der());
        let wanted = wanted.ok_or_else(|| self.failed(format!("{} is no certificate", key.id.0)))?;
        let served = self.served().await?;
        if served == wanted {
            return Ok(());
        }
        let other = Facts::of(&served).map_or_else(|| "another one".to_owned(), |facts| facts.serial);
        Err(self.failed(format!("it still shows {other}, and not {}", key.id.0)))
    }
}

impl Probe for ServedProbe {
    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn is_well<'a>(&'a self, key: &'a Key) -> Doing<'a, ()> {
        Box::pin(self.compare(key))
    }
}

/// Whom a certificate is from, and for how long, is judged elsewhere; here the server has to have its private key.
#[derive(Debug)]
struct AnyChain(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyChain {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
