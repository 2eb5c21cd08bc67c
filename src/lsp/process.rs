//! Whether the client is still there. Its end closes standard input, unless something between us keeps that open.

/// Whether a process runs, as far as can be told without asking the system for more than files.
pub(super) fn is_alive(process: u32) -> bool {
    let processes = std::path::Path::new("/proc");
    if processes.join("self").exists() {
        return processes.join(process.to_string()).exists();
    }
    is_parent_alive()
}

/// Whose parent ends gets another one, the first process of the system or one that looks after orphans.
#[cfg(unix)]
fn is_parent_alive() -> bool {
    std::os::unix::process::parent_id() != 1
}

#[cfg(not(unix))]
fn is_parent_alive() -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn we_are_alive() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(u32::MAX));
    }
}
