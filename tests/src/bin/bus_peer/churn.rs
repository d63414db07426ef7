//! A publisher that never rests, and a subscriber that says what it has.

use pillar_tests::churn::{Churn, Follow, sum, tell};
use pillar_tests::site::Site;

use crate::{Args, commands};

/// Changes its table without end; `stop` stops that and says what the table is.
pub fn publish(args: &Args) {
    let seed = args.number(0);
    let mut site = Site::new(&args.root, args.wire, |node| node.add(move || Churn::new(seed)));
    let commands = commands();
    site.serve(|node| {
        if commands.try_recv().is_ok() {
            tell(node, "stop");
            while node.step() {}
            println!("{}", sum(node));
        }
        false
    });
}

/// Says what its table is, whenever it is asked.
pub fn follow(args: &Args) {
    let mut site = Site::new(&args.root, args.wire, |node| node.add(Follow::default));
    let commands = commands();
    site.serve(|node| {
        if commands.try_recv().is_ok() {
            println!("{}", sum(node));
        }
        false
    });
}
