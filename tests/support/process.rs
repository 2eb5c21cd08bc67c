//! A server as a process of its own, which ends with this one, at a port that nobody else here is given.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Below what systems give to whoever asks for any port (from 32768 on Linux, from 49152 elsewhere), so that no
/// connection gets one while the server it is meant for still starts.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

pub struct Process {
    /// With its input, which closes with this process and ends it.
    child: Child,
    pub address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        // Not waited for: PostgreSQL would wait for the connections of whoever drops this.
        drop(self.child.stdin.take());
    }
}

impl Process {
    /// Starts `program` at one port after the other, until it stays there and is ready.
    pub fn start(program: impl Fn(u16) -> Command, ready: impl Fn(SocketAddr) -> bool) -> Self {
        for _ in 0..5 {
            let mut process = Process::spawn(&program);
            for _ in 0..1_200 {
                let is_ready = ready(process.address);
                if process.has_ended() {
                    break;
                }
                if is_ready {
                    return process;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(process.has_ended(), "nothing answers on {}", process.address);
        }
        panic!("the server ends as soon as it starts");
    }

    fn spawn(program: &impl Fn(u16) -> Command) -> Self {
        let port = free_port();
        let inner = program(port);
        // It ends when its input does, which is when this process is gone, in whatever way; the shell ends with it.
        let script = r#"exec 3<&0
            "$@" </dev/null >/dev/null 2>&1 3<&- & server=$!
            { cat <&3 >/dev/null; kill "$server" 2>/dev/null; } &
            exec 3<&- </dev/null
            wait "$server" 2>/dev/null"#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        if let Some(dir) = inner.get_current_dir() {
            command.current_dir(dir);
        }
        let child = command.stdin(Stdio::piped()).spawn().expect("the server starts");
        Process { child, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child of this process").is_some()
    }
}

/// One that nobody listens on, and that this process gives to nobody else.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU32> =
        LazyLock::new(|| AtomicU32::new(RandomState::new().build_hasher().finish() as u32 >> 1));
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + number as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
