use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

use super::*;

const BOTH: [Executor; 2] = [Executor::Coroutines, Executor::Baton];

type Notes = Arc<Mutex<Vec<String>>>;

fn note(notes: &Notes, text: String) {
    notes.lock().expect("no test panics here").push(text);
}

fn counter(notes: &Notes, name: &'static str, turns: u32) -> Work {
    let notes = notes.clone();
    Box::new(move || {
        for turn in 0..turns {
            note(&notes, format!("{name}{turn}"));
            yield_now();
        }
    })
}

#[test]
fn tasks_take_turns_as_they_are_resumed() {
    for executor in BOTH {
        let (pool, notes) = (Pool::new(executor), Notes::default());
        let mut a = pool.task(counter(&notes, "a", 2));
        let mut b = pool.task(counter(&notes, "b", 1));
        assert!(matches!(a.resume(), Turn::Yielded));
        assert!(matches!(b.resume(), Turn::Yielded));
        assert!(matches!(b.resume(), Turn::Done(Ok(()))));
        assert!(matches!(a.resume(), Turn::Yielded));
        assert!(matches!(a.resume(), Turn::Done(Ok(()))));
        assert_eq!(*notes.lock().unwrap(), ["a0", "b0", "a1"], "{executor}");
    }
}

#[test]
fn a_panic_ends_the_task_alone() {
    for executor in BOTH {
        let pool = Pool::new(executor);
        let mut task = pool.task(Box::new(|| {
            yield_now();
            resume_unwind(Box::new(7_u32));
        }));
        assert!(matches!(task.resume(), Turn::Yielded));
        let Turn::Done(Err(payload)) = task.resume() else { panic!("the payload is handed on") };
        assert_eq!(payload.downcast_ref(), Some(&7_u32));
    }
}

#[test]
fn a_task_dropped_in_the_middle_runs_to_its_end() {
    for executor in BOTH {
        let (pool, notes) = (Pool::new(executor), Notes::default());
        let mut task = pool.task(counter(&notes, "t", 3));
        task.resume();
        drop(task);
        drop(pool.task(counter(&notes, "never started", 3)));
        assert_eq!(*notes.lock().unwrap(), ["t0", "t1", "t2"], "{executor}");
    }
}

#[test]
fn a_yield_while_unwinding_or_outside_of_a_task_does_nothing() {
    struct Yields;
    impl Drop for Yields {
        fn drop(&mut self) {
            yield_now();
        }
    }
    assert!(!yield_now());
    for executor in BOTH {
        let pool = Pool::new(executor);
        let mut task = pool.task(Box::new(|| {
            let _yields = Yields;
            resume_unwind(Box::new(()));
        }));
        assert!(matches!(task.resume(), Turn::Done(Err(_))), "{executor}");
    }
}

#[test]
fn a_task_that_never_ends_is_given_up() {
    let pool = Pool::new(Executor::Coroutines);
    let mut task = pool.task(Box::new(|| {
        loop {
            yield_now();
        }
    }));
    task.resume();
    drop(task);
}

#[test]
fn many_tasks_reuse_what_ended_ones_left() {
    for executor in BOTH {
        let (pool, notes) = (Pool::new(executor), Notes::default());
        for _ in 0..1_000 {
            let mut tasks: Vec<Task> = (0..3).map(|_| pool.task(counter(&notes, "x", 1))).collect();
            for task in &mut tasks {
                task.resume();
            }
        }
        assert_eq!(notes.lock().unwrap().len(), 3_000);
    }
}
