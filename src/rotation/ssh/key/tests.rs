use super::*;
use ring::signature::{self, UnparsedPublicKey};
use secrecy::ExposeSecret;

fn text(name: &str) -> String {
    let path = format!("{}/testdata/ssh/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// Fingerprints are those that `ssh-keygen -l` shows.
#[test]
fn keys_of_others_are_read_in_their_formats() {
    let rsa = "SHA256:6c5UX1/zux+WX9UDzmi9z/dPqWHNe+EHKouXYeujQuI";
    let p256 = "SHA256:Jev4I7IE4JTiXkugRmy1oql14khm6wGAa0A1rFIo2bw";
    for (name, id) in [
        ("ed25519", "SHA256:YLukDXkQi3ByumK1yU20RMUqZmBklR572ANJligH+yU"),
        ("ecdsa256", p256),
        ("ecdsa256.pkcs8", p256),
        ("ecdsa384", "SHA256:1WsRoQx4GxkuR+guu0bnKzaNk7+ZMdC9ynI6srZIjlY"),
        ("rsa", rsa),
        ("rsa.pkcs1", rsa),
        ("rsa.pkcs8", rsa),
    ] {
        let key = PrivateKey::read(&text(name)).unwrap();
        assert_eq!(key.id().0, id, "{name}");
        assert_eq!(fingerprint(&key.public_line()), Some(key.id()), "{name}");
        // Lines of another width, or with other ends, are as good.
        let wide = text(name).replace('\n', "\r\n  ");
        assert_eq!(PrivateKey::read(&wide).unwrap().id().0, id, "{name}");
    }
    assert!(PrivateKey::read(&text("ed25519.pkcs8")).is_ok());
    for (name, why) in [("ecdsa521", "its type cannot be used"), ("passphrase", "it has a passphrase")] {
        assert!(PrivateKey::read(&text(name)).unwrap_err().contains(why), "{name}");
    }
}

#[test]
fn what_is_made_is_read_again_and_is_new_each_time() {
    let (key, secret) = PrivateKey::make().unwrap();
    let secret = secret.expose_secret();
    assert!(secret.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n") && secret.ends_with("-----\n"));
    assert_eq!(PrivateKey::read(secret).unwrap().id(), key.id());
    assert!(key.public_line().starts_with("ssh-ed25519 AAAA") && !key.public_line().contains('\n'));
    assert_ne!(PrivateKey::make().unwrap().0.id(), key.id());
    let shown = format!("{key:?}");
    assert!(shown.contains(&key.id().0) && !shown.contains(secret.lines().nth(2).unwrap()), "{shown}");
}

/// Whatever is done to a text, it is read or it is not.
#[test]
fn bytes_that_are_no_key_are_an_error() {
    let whole = text("rsa");
    for cut in (0..whole.len()).step_by(7) {
        let _ = PrivateKey::read(&whole[..cut]);
        let mut other = whole.clone().into_bytes();
        other[cut] = b'A';
        let _ = PrivateKey::read(&String::from_utf8(other).unwrap());
    }
    let wrong = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
    for wrong in ["", "hunter2", wrong, &wrong.replace("AAAA", "")] {
        assert!(PrivateKey::read(wrong).is_err());
    }
    for wrong in ["", "ssh-ed25519", "ssh-ed25519 !", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"] {
        assert_eq!(fingerprint(wrong), None, "{wrong}");
    }
    assert!(
        fingerprint("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5").is_some(),
        "of a type or a length that nobody knows"
    );
}

/// The signature inside is one that others accept.
#[test]
fn signatures_hold() {
    let data = b"session";
    let parts = |key: &PrivateKey, flags: u32| {
        let signed = key.sign(data, flags).unwrap();
        let mut rest = &signed[..];
        let kind = String::from_utf8(wire::take(&mut rest).unwrap().to_vec()).unwrap();
        (kind, wire::take(&mut rest).unwrap().to_vec())
    };
    let made = PrivateKey::make().unwrap().0;
    let (kind, signature) = parts(&made, 0);
    assert_eq!(kind, ED25519);
    let public = made.public()[made.public().len() - 32..].to_vec();
    UnparsedPublicKey::new(&signature::ED25519, public).verify(data, &signature).unwrap();
    for (name, length, how) in [
        ("ecdsa256", 65, &signature::ECDSA_P256_SHA256_FIXED),
        ("ecdsa384", 97, &signature::ECDSA_P384_SHA384_FIXED),
    ] {
        let key = PrivateKey::read(&text(name)).unwrap();
        let (kind, numbers) = parts(&key, 0);
        assert_eq!(kind, key.kind());
        let mut rest = &numbers[..];
        let fixed = |number: &[u8]| {
            let number = wire::without_zeros(number);
            [vec![0; length / 2 - number.len()], number.to_vec()].concat()
        };
        let both = [fixed(wire::take(&mut rest).unwrap()), fixed(wire::take(&mut rest).unwrap())].concat();
        let public = key.public()[key.public().len() - length..].to_vec();
        UnparsedPublicKey::new(how, public).verify(data, &both).unwrap();
    }
    for name in ["rsa", "rsa.pkcs1", "rsa.pkcs8"] {
        let key = PrivateKey::read(&text(name)).unwrap();
        assert!(key.sign(data, 0).is_none(), "SHA-1 is not used");
        let Pair::Rsa(pair) = &key.pair else { panic!("{name}") };
        let public = pair.public().as_ref();
        for (flags, wanted, how) in [
            (SHA_256, "rsa-sha2-256", &signature::RSA_PKCS1_2048_8192_SHA256),
            (SHA_512, "rsa-sha2-512", &signature::RSA_PKCS1_2048_8192_SHA512),
        ] {
            let (kind, signature) = parts(&key, flags);
            assert_eq!(kind, wanted);
            UnparsedPublicKey::new(how, public).verify(data, &signature).unwrap();
        }
    }
}
