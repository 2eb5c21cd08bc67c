//! Stands between a process and a database, counts what is asked, and does something to one question.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What happens to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The database does it, and its answer is lost.
    Lost,
    /// The process dies before the database hears of it.
    KillBefore,
    /// The process dies when the database has done it.
    KillAfter,
}

#[derive(Clone)]
pub struct Way {
    pub address: String,
    server: SocketAddr,
    /// The number of the question, from 1; with 0 nothing happens to any.
    at: usize,
    cut: Cut,
    asked: Arc<AtomicUsize>,
    kill: Arc<AtomicBool>,
}

impl Way {
    pub fn new(database: &str, at: usize, cut: Cut) -> Self {
        let server = database.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let way = Way { address, server, at, cut, asked: Arc::default(), kill: Arc::default() };
        let line = way.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let line = line.clone();
                std::thread::spawn(move || drop(line.pass(client)));
            }
        });
        way
    }

    /// How many questions came by.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether the process is to die now. Asking takes the order.
    pub fn take_kill(&self) -> bool {
        self.kill.swap(false, Ordering::SeqCst)
    }

    /// Asks for the death of the process, and holds the connection until it is dead.
    fn die(&self) {
        self.kill.store(true, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(1_500));
    }

    fn pass(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut server = TcpStream::connect(self.server)?;
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        // The last question on this connection.
        let last = Arc::new(AtomicUsize::new(0));
        let (line, current) = (self.clone(), last.clone());
        std::thread::spawn(move || drop(line.ask(from, to, &current)));
        let mut answer = Vec::new();
        while let Ok((kind, message)) = message(&mut server) {
            answer.extend_from_slice(&message);
            let hit = kind == b'Z' && self.at > 0 && last.load(Ordering::SeqCst) == self.at;
            match self.cut {
                Cut::Lost if hit => answer.clear(),
                Cut::KillAfter if hit => {
                    answer.clear();
                    self.die();
                }
                // Logging in has questions of its own.
                _ if kind == b'Z' || kind == b'R' => client.write_all(&std::mem::take(&mut answer))?,
                _ => continue,
            }
            if hit && self.cut != Cut::KillBefore {
                break;
            }
        }
        // Such as the reason why it was closed.
        let _ = client.write_all(&answer);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        Ok(())
    }

    fn ask(&self, mut from: TcpStream, mut to: TcpStream, last: &AtomicUsize) -> std::io::Result<()> {
        // The first message has no kind.
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        from.read_exact(&mut body)?;
        to.write_all(&[&length[..], &body].concat())?;
        while let Ok((kind, message)) = message(&mut from) {
            if kind == b'Q' {
                let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
                last.store(number, Ordering::SeqCst);
                if number == self.at && self.cut == Cut::KillBefore {
                    self.die();
                    break;
                }
            }
            to.write_all(&message)?;
        }
        to.shutdown(Shutdown::Write)
    }
}

/// Its kind, and all of it.
fn message(from: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message)?;
    let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize;
    message.resize(1 + length.max(4), 0);
    from.read_exact(&mut message[5..])?;
    Ok((message[0], message))
}
