use super::wire::without_zeros;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::RsaKeyPair;
use secrecy::zeroize::Zeroizing;
use ssh_key::Mpint;
use ssh_key::private::RsaKeypair;

/// Bytes of a number; OpenSSH takes 16,384 bits.
/// Source: OpenSSH, `ssh-keygen(1)`.
const MOST: usize = 2_048;

/// A pair as OpenSSH keeps it, which leaves two numbers out that ring wants.
pub fn pair(read: &RsaKeypair) -> Option<RsaKeyPair> {
    let short = |number: &&[u8]| number.len() <= MOST;
    let of = |number: &'_ Mpint| {
        number.as_positive_bytes().filter(short).map(|bytes| Zeroizing::new(bytes.to_vec()))
    };
    let (n, e) = (of(&read.public.n)?, of(&read.public.e)?);
    let (d, p, q) = (of(&read.private.d)?, of(&read.private.p)?, of(&read.private.q)?);
    let exponent = |prime: &[u8]| remainder(&d, &less_one(prime));
    let (first, second, inverse) = (exponent(&p)?, exponent(&q)?, of(&read.private.iqmp)?);
    let components = KeyPairComponents::<&[u8]> {
        public_key: PublicKeyComponents { n: &n, e: &e },
        d: &d,
        p: &p,
        q: &q,
        dP: without_zeros(&first),
        dQ: without_zeros(&second),
        qInv: without_zeros(&inverse),
    };
    RsaKeyPair::from_components(&components).ok()
}

/// Of a prime, which is odd.
fn less_one(prime: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut less = Zeroizing::new(prime.to_vec());
    if let Some(last) = less.last_mut() {
        *last &= !1;
    }
    less
}

/// What is left of a number, bit by bit. No more is needed once for each key than these few lines.
fn remainder(number: &[u8], modulus: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let modulus = without_zeros(modulus);
    if modulus.is_empty() {
        return None;
    }
    // One more byte, since it is doubled before it is made smaller.
    let mut left = Zeroizing::new(vec![0_u8; modulus.len() + 1]);
    let mut smaller = left.clone();
    for bit in number.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
        let mut carry = bit;
        for byte in left.iter_mut().rev() {
            let next = *byte >> 7;
            *byte = *byte << 1 | carry;
            carry = next;
        }
        let mut borrow = false;
        for (at, byte) in left.iter().enumerate().rev() {
            let less = at.checked_sub(1).and_then(|at| modulus.get(at)).copied().unwrap_or_default();
            let (once, first) = byte.overflowing_sub(less);
            let (twice, second) = once.overflowing_sub(u8::from(borrow));
            smaller[at] = twice;
            borrow = first || second;
        }
        if !borrow {
            left.copy_from_slice(&smaller);
        }
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_those_of_numbers() {
        for (number, modulus) in [
            (0_u64, 7_u64),
            (6, 7),
            (7, 7),
            (1 << 40, 3),
            (u64::MAX, 255),
            (u64::MAX, 1 << 63),
            (12_345, 256),
        ] {
            let left = remainder(&number.to_be_bytes(), &modulus.to_be_bytes()).unwrap();
            let left = left.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            assert_eq!(left, number % modulus, "{number} {modulus}");
        }
        assert!(remainder(&[1], &[0, 0]).is_none());
    }

    /// Whoever may write to a place may put any numbers there.
    #[test]
    fn numbers_that_no_key_has_cost_nothing() {
        let number = |length: usize| Mpint::from_positive_bytes(&vec![0x7f; length]).unwrap();
        let (small, large) = (number(256), number(600_000));
        let public = ssh_key::public::RsaPublicKey { e: small.clone(), n: small.clone() };
        let private =
            ssh_key::private::RsaPrivateKey { d: large.clone(), iqmp: small, p: large.clone(), q: large };
        assert!(pair(&RsaKeypair { public, private }).is_none());
    }
}
