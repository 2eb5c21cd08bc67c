use super::call::{Outcome, bad};
use super::string::text;
use crate::eval::value::{ListKind, Number, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network prefix. Addresses of both families are numbers of `bits` bits here.
#[derive(Clone, Copy)]
struct Net {
    address: u128,
    prefix: u32,
    bits: u32,
}

impl Net {
    fn parse(value: &Value, index: usize) -> Result<Self, super::FunctionError> {
        match Self::read(text(value)) {
            Some(net) => Ok(net),
            None => bad(index, format!("invalid CIDR expression: \"{}\"", text(value))),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (address, bits) = address_of(address)?;
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= bits)?;
        Some(Net { address: address & mask(prefix, bits), prefix, bits })
    }

    /// Bits that tell the hosts of this network apart.
    fn host_bits(&self) -> u32 {
        self.bits - self.prefix
    }

    fn last(&self) -> u128 {
        self.address | !mask(self.prefix, self.bits) & full(self.bits)
    }
}

/// Old notation with leading zeros is decimal in Terraform.
fn address_of(text: &str) -> Option<(u128, u32)> {
    if text.contains(':') {
        let address: Ipv6Addr = text.parse().ok()?;
        return Some((address.to_bits(), 128));
    }
    let mut address = 0_u128;
    let mut count = 0;
    for part in text.split('.') {
        if part.is_empty() || part.len() > 16 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        address = address << 8 | u128::from(part.parse::<u64>().ok().filter(|part| *part <= 255)?);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some((address, 32))
}

fn full(bits: u32) -> u128 {
    if bits == 128 { u128::MAX } else { (1 << bits) - 1 }
}

fn mask(prefix: u32, bits: u32) -> u128 {
    full(bits) & !full(bits).checked_shr(prefix).unwrap_or(0)
}

fn show(address: u128, bits: u32) -> String {
    match u32::try_from(address) {
        Ok(address) if bits == 32 => IpAddr::V4(Ipv4Addr::from_bits(address)).to_string(),
        _ => IpAddr::V6(Ipv6Addr::from_bits(address)).to_string(),
    }
}

fn whole(value: &Value, index: usize) -> Result<i128, super::FunctionError> {
    match value.as_number().filter(Number::is_integer) {
        Some(number) => {
            number.to_string().parse().or_else(|_| bad(index, "the number is too large for any network"))
        }
        None => bad(index, "a whole number is required"),
    }
}

pub(super) fn cidrhost(args: &[Value]) -> Outcome {
    let net = Net::parse(&args[0], 0)?;
    let number = whole(&args[1], 1)?;
    let host = match u128::try_from(number) {
        Ok(host) => Some(host),
        Err(_) => full(net.host_bits().max(1)).checked_sub(number.unsigned_abs() - 1),
    };
    match host.filter(|host| net.host_bits() == 128 || *host < 1_u128 << net.host_bits()) {
        Some(host) => Ok(Value::string(show(net.address | host, net.bits))),
        None => bad(1, format!("prefix of {} does not accommodate a host numbered {number}", net.prefix)),
    }
}

pub(super) fn cidrnetmask(args: &[Value]) -> Outcome {
    let net = Net::parse(&args[0], 0)?;
    match net.bits {
        32 => Ok(Value::string(show(mask(net.prefix, 32), 32))),
        _ => bad(0, "IPv6 addresses cannot have a netmask"),
    }
}

pub(super) fn cidrsubnet(args: &[Value]) -> Outcome {
    let net = Net::parse(&args[0], 0)?;
    let (new_bits, number) = (whole(&args[1], 1)?, whole(&args[2], 2)?);
    let Some(prefix) = i128::from(net.prefix)
        .checked_add(new_bits)
        .and_then(|prefix| u32::try_from(prefix).ok())
        .filter(|prefix| *prefix <= net.bits)
    else {
        return bad(
            1,
            format!("insufficient address space to extend prefix of {} by {new_bits}", net.prefix),
        );
    };
    let added = u32::try_from(new_bits).unwrap_or(0);
    let fits = u128::try_from(number).is_ok_and(|number| added >= 128 || number < 1_u128 << added.min(127));
    if !fits {
        return bad(
            2,
            format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}"),
        );
    }
    let shifted = number.unsigned_abs().checked_shl(net.bits - prefix).unwrap_or(0);
    let address = (net.address | shifted) & full(net.bits);
    Ok(Value::string(format!("{}/{prefix}", show(address, net.bits))))
}

/// Subnets one after the other, each starting at the next address that is aligned for its size.
pub(super) fn cidrsubnets(args: &[Value]) -> Outcome {
    let net = Net::parse(&args[0], 0)?;
    let mut next = Some(net.address);
    let mut subnets = Vec::new();
    for (index, arg) in args.iter().enumerate().skip(1) {
        let added = whole(arg, index)?;
        if added < 1 {
            return bad(index, "must extend prefix by at least one bit");
        }
        let prefix = u32::try_from(added).ok().map(|added| net.prefix.saturating_add(added));
        let Some(prefix) = prefix.filter(|prefix| *prefix <= net.bits && added <= 32) else {
            return bad(index, format!("would extend prefix beyond {} bits", net.bits));
        };
        let size = full(net.bits - prefix);
        let aligned = next.and_then(|next| Some(next.checked_add(size)? & !size));
        let Some(address) = aligned.filter(|start| *start >= net.address && start | size <= net.last())
        else {
            return bad(index, format!("not enough remaining address space for a subnet of {prefix} bits"));
        };
        subnets.push(Value::string(format!("{}/{prefix}", show(address, net.bits))));
        next = (address | size).checked_add(1);
    }
    Ok(Value::list(ListKind::List, subnets))
}

/// A function of OpenTofu only: whether a network contains an address or another network.
pub(super) fn cidrcontains(args: &[Value]) -> Outcome {
    let net = Net::parse(&args[0], 0)?;
    let other = match address_of(text(&args[1])) {
        Some((address, bits)) => Net { address, prefix: bits, bits },
        None => Net::parse(&args[1], 1)?,
    };
    let inside = net.bits == other.bits && net.address <= other.address && other.last() <= net.last();
    Ok(Value::bool(inside))
}
