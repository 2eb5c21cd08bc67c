//! Addresses of resources.

/// An address without instance keys: all instances of a block, and of the modules around it, are one.
pub fn block_address(address: &str) -> String {
    let mut bare = String::with_capacity(address.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::block_address;

    #[test]
    fn instance_keys_are_dropped() {
        assert_eq!(block_address("module.a[\"x.y]\"].aws_instance.b[0]"), "module.a.aws_instance.b");
        assert_eq!(block_address("aws_instance.b[*]"), "aws_instance.b");
    }
}
