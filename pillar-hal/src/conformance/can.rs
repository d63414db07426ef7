//! [`CanLinks`] as far as every kernel with CAN has them: virtual ones, on a device that has none.

use pillar_core::hal::{CanChange, CanLink, CanLinks, LinkError, Scope};

/// Runs the suite; it leaves nothing behind.
pub fn can_links(subject: &dyn CanLinks) {
    let scope = Scope::unbounded();
    let is = |up| CanLink { name: "vcan0".into(), up, controller: None };
    assert_eq!(subject.list(&scope), Ok(Vec::new()));

    subject.add_virtual(&scope, "vcan0").unwrap();
    assert_eq!(subject.list(&scope), Ok(vec![is(false)]));
    subject.switch(&scope, "vcan0", true).unwrap();
    subject.switch(&scope, "vcan0", true).unwrap();
    subject.add_virtual(&scope, "vcan0").expect("one that is there is kept");
    assert_eq!(subject.list(&scope), Ok(vec![is(true)]));
    subject.add_virtual(&scope, "vcan1").unwrap();
    assert!(subject.list(&scope).unwrap().is_sorted_by(|a, b| a.name < b.name));

    subject.change(&scope, "vcan0", &CanChange::default()).expect("nothing to change");
    let change = CanChange { restart_ms: Some(100), ..CanChange::default() };
    assert!(matches!(subject.change(&scope, "vcan0", &change), Err(LinkError::Io { .. })));
    assert!(matches!(subject.restart(&scope, "vcan0"), Err(LinkError::Io { .. })));

    let missing = Err(LinkError::NotFound("none".into()));
    assert_eq!(subject.switch(&scope, "none", true), missing);
    assert_eq!(subject.change(&scope, "none", &change), missing);
    assert_eq!(subject.restart(&scope, "none"), missing);
    assert_eq!(subject.switch(&scope, "lo", false), Err(LinkError::NotFound("lo".into())), "it is not CAN");
    for bad in ["", "a/b", "-x", "sixteen-letters-"] {
        assert_eq!(subject.add_virtual(&scope, bad), Err(LinkError::BadName(bad.into())));
    }

    subject.switch(&scope, "vcan0", false).unwrap();
    for name in ["vcan0", "vcan1", "vcan1", "none"] {
        subject.remove(&scope, name).unwrap();
    }
    assert_eq!(subject.list(&scope), Ok(Vec::new()));
    scope.cancel();
    assert_eq!(subject.list(&scope), Err(LinkError::Cancelled));
}
