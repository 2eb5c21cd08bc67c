//! Which of several fixes hold together: those that do damage are found one by one, and the others stay.

use std::collections::BTreeMap;

/// What trying some of them has shown.
#[derive(Debug)]
pub(super) enum Verdict<R> {
    Fine(R),
    /// These are wrong, by their place, with the reason.
    Wrong(BTreeMap<usize, String>),
    /// One of these is, and which of them it is cannot be told.
    Suspects(Vec<usize>, String),
}

/// Those that stay, with what the last trial gave, and those that do not.
#[derive(Debug)]
pub(super) struct Held<T, R> {
    pub kept: Vec<T>,
    /// `None` where nothing stays.
    pub result: Option<R>,
    pub failed: Vec<(T, String)>,
}

/// Tries all, leaves out what is wrong, and tries suspects in halves, so that few trials find a few wrong ones.
pub(super) fn hold<T: Clone, R, E>(
    all: Vec<T>,
    mut attempt: impl FnMut(&[T]) -> Result<Verdict<R>, E>,
) -> Result<Held<T, R>, E> {
    let mut held = Held { kept: Vec::new(), result: None, failed: Vec::new() };
    let mut open = vec![all];
    while let Some(mut group) = open.pop() {
        if group.is_empty() {
            continue;
        }
        let first = held.kept.len();
        let together: Vec<T> = held.kept.iter().chain(&group).cloned().collect();
        match attempt(&together)? {
            Verdict::Fine(result) => {
                held.kept = together;
                held.result = Some(result);
            }
            Verdict::Wrong(wrong) if wrong.keys().any(|at| *at >= first) => {
                for (at, why) in wrong.into_iter().rev().filter(|(at, _)| *at >= first) {
                    held.failed.push((group.remove(at - first), why));
                }
                open.push(group);
            }
            // What stayed so far was right, so that it is the group that makes it wrong.
            Verdict::Wrong(wrong) => {
                let why = wrong.into_values().next().unwrap_or_default();
                split(group, &why, &mut open, &mut held.failed);
            }
            Verdict::Suspects(suspects, why) => {
                let mut own: Vec<usize> = suspects.iter().filter_map(|at| at.checked_sub(first)).collect();
                own.sort_unstable();
                if own.is_empty() || own.len() == group.len() {
                    split(group, &why, &mut open, &mut held.failed);
                    continue;
                }
                let doubted = own.iter().rev().map(|at| group.remove(*at)).collect::<Vec<_>>();
                open.push(doubted.into_iter().rev().collect());
                open.push(group);
            }
        }
    }
    Ok(held)
}

/// Two halves to be tried, the first one next; one alone has failed.
fn split<T>(mut group: Vec<T>, why: &str, open: &mut Vec<Vec<T>>, failed: &mut Vec<(T, String)>) {
    if group.len() == 1 {
        failed.extend(group.pop().map(|one| (one, why.to_owned())));
        return;
    }
    let second = group.split_off(group.len().div_ceil(2));
    open.push(second);
    open.push(group);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixes are numbers, of which some do damage that can be told, and some damage that cannot.
    fn run(
        all: &[u32],
        wrong: &[u32],
        harmful: &[u32],
        suspects: fn(u32) -> bool,
    ) -> (Vec<u32>, Vec<u32>, usize) {
        let mut trials = 0;
        let attempt = |some: &[u32]| {
            trials += 1;
            let known: BTreeMap<usize, String> = (0..some.len())
                .filter(|at| wrong.contains(&some[*at]))
                .map(|at| (at, "still there".to_owned()))
                .collect();
            if !known.is_empty() {
                return Ok::<_, ()>(Verdict::Wrong(known));
            }
            if some.iter().any(|one| harmful.contains(one)) {
                let suspects = (0..some.len()).filter(|at| suspects(some[*at])).collect();
                return Ok(Verdict::Suspects(suspects, "appears".to_owned()));
            }
            Ok(Verdict::Fine(some.to_vec()))
        };
        let mut held = hold(all.to_vec(), attempt).expect("no error");
        held.kept.sort_unstable();
        if let Some(result) = &mut held.result {
            result.sort_unstable();
            assert_eq!(*result, held.kept);
        }
        let mut failed: Vec<u32> = held.failed.into_iter().map(|(one, _)| one).collect();
        failed.sort_unstable();
        (held.kept, failed, trials)
    }

    #[test]
    fn what_is_fine_takes_one_trial() {
        assert_eq!(run(&[1, 2, 3], &[], &[], |_| true), (vec![1, 2, 3], vec![], 1));
        assert_eq!(run(&[], &[], &[], |_| true), (vec![], vec![], 0));
    }

    #[test]
    fn what_is_known_to_be_wrong_is_left_out() {
        assert_eq!(run(&[1, 2, 3, 4], &[2, 4], &[], |_| true), (vec![1, 3], vec![2, 4], 2));
    }

    #[test]
    fn only_the_one_that_does_damage_is_taken_back() {
        let all: Vec<u32> = (1..=16).collect();
        let (kept, failed, trials) = run(&all, &[], &[11], |_| true);
        assert_eq!((kept.len(), failed), (15, vec![11]));
        assert!(trials <= 12, "{trials}");
        let (kept, failed, _) = run(&all, &[3], &[5, 6], |one| one > 4);
        assert_eq!((kept.len(), failed), (13, vec![3, 5, 6]));
        // Suspicion that falls on the innocent alone still ends.
        assert_eq!(
            run(&[1, 2, 3], &[], &[3], |one| one == 1),
            (vec![1, 2], vec![3], run(&[1, 2, 3], &[], &[3], |one| one == 1).2)
        );
    }
}
