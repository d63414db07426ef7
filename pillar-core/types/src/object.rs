//! The `object!` macro: a struct and the table of its fields from one declaration.

use crate::table::{OPTIONAL, Table};
use crate::value::{Data, Fields};

/// A type declared by [`object!`](crate::object!).
pub trait Named: Data + Default {
    /// EVE's name of the type.
    const EVE_NAME: &'static str;
}

/// A struct declared by [`object!`](crate::object!).
pub trait Object: Named + Fields {
    /// Names and flags of its fields.
    const TABLE: Table;
    /// How many fields it has, those of embedded structs included.
    const LEN: usize = Self::TABLE.len();
}

/// A struct whose fields may stand among those of another: an object, or a pointer to one.
pub trait Embed {
    /// Names and flags of its fields.
    const TABLE: Table;
    /// Flags for all of these fields.
    const FLAGS: u8;

    /// Field `index`, if the struct is there.
    fn part(&self, index: usize) -> Option<&dyn Data>;

    /// Field `index`; makes the struct when it is not there.
    fn part_mut(&mut self, index: usize) -> Option<&mut dyn Data>;
}

impl<T: Object> Embed for T {
    const TABLE: Table = <T as Object>::TABLE;
    const FLAGS: u8 = 0;

    fn part(&self, index: usize) -> Option<&dyn Data> {
        self.field(index)
    }

    fn part_mut(&mut self, index: usize) -> Option<&mut dyn Data> {
        self.field_mut(index)
    }
}

impl<T: Object> Embed for Option<Box<T>> {
    const TABLE: Table = T::TABLE;
    const FLAGS: u8 = OPTIONAL;

    fn part(&self, index: usize) -> Option<&dyn Data> {
        self.as_deref()?.field(index)
    }

    fn part_mut(&mut self, index: usize) -> Option<&mut dyn Data> {
        self.get_or_insert_default().field_mut(index)
    }
}

/// Counts down to the field that is asked for.
pub struct Countdown(usize);

impl Countdown {
    /// Field `index` is asked for.
    pub const fn from(index: usize) -> Self {
        Self(index)
    }

    /// Whether it is the next field.
    pub const fn here(&mut self) -> bool {
        self.within(1).is_some()
    }

    /// Which of the next `count` fields it is, if it is one.
    pub const fn within(&mut self, count: usize) -> Option<usize> {
        let index = self.0;
        self.0 = index.wrapping_sub(count);
        if index < count { Some(index) } else { None }
    }
}

/// Declares an object of the bus: the struct, its table, and what goes with it.
///
/// ```
/// use pillar_types::{List, Time, Uuid, object};
///
/// object! {
///     /// What went wrong, and when.
///     pub struct Trouble {
///         /// Empty: nothing did.
///         pub error: String = "Error",
///         /// When it did.
///         pub error_time: Time = "ErrorTime" [volatile],
///     }
/// }
///
/// object! {
///     /// A topic, whose tables survive a reboot.
///     pub struct Sample topic "Sample" persistent {
///         /// Who it is about.
///         pub id: Uuid = "UUID",
///         /// Left out when null or empty.
///         pub labels: List<String> = "Labels" [omitempty],
///         /// `Error` and `ErrorTime` appear among the fields of `Sample`.
///         pub trouble: Trouble = embed,
///     }
/// }
/// ```
///
/// After the name: nothing for a plain object; `keep` for one that keeps members it does not know (for all
/// that stands inside a persistent topic); `topic "Name"` for a topic, `topic "Name" keep` for one that also
/// stands inside a persistent topic, `topic "Name" persistent` for one whose tables survive a reboot, which
/// always keeps. Keeping adds a field `unknown`.
///
/// Before these words, `as "EveName"` where EVE's name of the type is not the Rust one.
///
/// After a field's type: its JSON name, or `embed` for a struct (or `Option<Box<_>>` of one) whose fields
/// stand among those of this one. Then flags: `omitempty` as in Go, `volatile` for what subscribers need not
/// be told about.
///
/// A topic that is a single map or list at top level: `pub struct MetricsMap(Map<…>) topic "MetricsMap";`.
///
/// Clone, PartialEq, Default and Debug come with it; Debug prints JSON names, and `***` for secrets.
#[macro_export]
macro_rules! object {
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(as $eve:literal)? topic $topic:literal persistent { $($body:tt)* }) => {
        $crate::object! { @keep [$(#[$meta])* $vis struct $name] [$($eve)?] $($body)* }
        $crate::object! { @topic $name $topic true }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(as $eve:literal)? topic $topic:literal keep { $($body:tt)* }) => {
        $crate::object! { @keep [$(#[$meta])* $vis struct $name] [$($eve)?] $($body)* }
        $crate::object! { @topic $name $topic false }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(as $eve:literal)? topic $topic:literal { $($body:tt)* }) => {
        $crate::object! { @plain [$(#[$meta])* $vis struct $name] [$($eve)?] $($body)* }
        $crate::object! { @topic $name $topic false }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(as $eve:literal)? keep { $($body:tt)* }) => {
        $crate::object! { @keep [$(#[$meta])* $vis struct $name] [$($eve)?] $($body)* }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(as $eve:literal)? { $($body:tt)* }) => {
        $crate::object! { @plain [$(#[$meta])* $vis struct $name] [$($eve)?] $($body)* }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident($ty:ty) $(as $eve:literal)? topic $topic:literal;) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        $vis struct $name(
            /// What the topic is.
            pub $ty,
        );

        impl $crate::object::Named for $name {
            const EVE_NAME: &'static str = $crate::object!(@eve $name $($eve)?);
        }

        impl $crate::value::Data for $name {
            fn view(&self) -> $crate::value::View<'_> {
                self.0.view()
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                self.0.slot()
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::walk::debug(self, f)
            }
        }

        $crate::object! { @topic $name $topic false }
    };

    (@topic $name:ident $topic:literal $persistent:literal) => {
        impl $crate::Topic for $name {
            const NAME: &'static str = $topic;
            const PERSISTENT: bool = $persistent;
        }
    };

    (
        @keep [$($head:tt)*] $eve:tt
        $($(#[$meta:meta])* $vis:vis $field:ident: $ty:ty = $spec:tt $([$($flag:ident),*])?),* $(,)?
    ) => {
        $crate::object! {
            @make [$($head)*] $eve [$([$(#[$meta])*] [$vis] $field [$ty] $spec [$($($flag)*)?])*]
            [/// Members of the JSON object that are none of the above.
            pub unknown: $crate::Unknown] [unknown] [$crate::table::Part::Unknown]
        }
    };
    (
        @plain [$($head:tt)*] $eve:tt
        $($(#[$meta:meta])* $vis:vis $field:ident: $ty:ty = $spec:tt $([$($flag:ident),*])?),* $(,)?
    ) => {
        $crate::object! {
            @make [$($head)*] $eve [$([$(#[$meta])*] [$vis] $field [$ty] $spec [$($($flag)*)?])*] [] [] []
        }
    };

    (
        @make [$(#[$meta:meta])* $vis:vis struct $name:ident] [$($eve:literal)?]
        [$([$($fmeta:tt)*] [$fvis:vis] $field:ident [$ty:ty] $spec:tt [$($flag:ident)*])*]
        [$($extra:tt)*] [$($unknown:ident)?] [$($part:expr)?]
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        $vis struct $name {
            $($($fmeta)* $fvis $field: $ty,)*
            $($extra)*
        }

        impl $crate::object::Named for $name {
            const EVE_NAME: &'static str = $crate::object!(@eve $name $($eve)?);
        }

        impl $crate::object::Object for $name {
            const TABLE: $crate::table::Table = {
                const NAME: &str = <$name as $crate::object::Named>::EVE_NAME;
                const PARTS: &[$crate::table::Part] = &[
                    $($crate::object!(@part $spec [$ty] (0 $(| $crate::object!(@flag $flag))*)),)*
                    $($part)?
                ];
                const ROWS: [u8; $crate::table::size(NAME, PARTS)] = $crate::table::rows(NAME, PARTS);
                $crate::table::Table::new(&ROWS)
            };
        }

        impl $crate::value::Fields for $name {
            fn field(&self, index: usize) -> Option<&dyn $crate::value::Data> {
                let mut at = $crate::object::Countdown::from(index);
                $($crate::object!(@field at, self.$field, $spec [$ty]);)*
                $(if at.here() { return Some(&self.$unknown); })?
                None
            }
            fn field_mut(&mut self, index: usize) -> Option<&mut dyn $crate::value::Data> {
                let mut at = $crate::object::Countdown::from(index);
                $($crate::object!(@field_mut at, self.$field, $spec [$ty]);)*
                $(if at.here() { return Some(&mut self.$unknown); })?
                None
            }
        }

        impl $crate::value::Data for $name {
            fn view(&self) -> $crate::value::View<'_> {
                $crate::value::View::Object(<Self as $crate::object::Object>::TABLE, self)
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Object(<Self as $crate::object::Object>::TABLE, self)
            }
        }

        impl Clone for $name {
            fn clone(&self) -> Self {
                let mut copy = Self::default();
                $crate::walk::copy(self, &mut copy);
                copy
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::walk::equal(self, other)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::walk::debug(self, f)
            }
        }
    };

    (@eve $name:ident) => { stringify!($name) };
    (@eve $name:ident $eve:literal) => { $eve };

    (@part embed [$ty:ty] $flags:tt) => {
        $crate::table::Part::Group(
            <$ty as $crate::object::Embed>::TABLE,
            <$ty as $crate::object::Embed>::FLAGS | $flags,
        )
    };
    (@part $json:literal [$ty:ty] $flags:tt) => {
        $crate::table::Part::Field($json, $flags)
    };

    (@flag omitempty) => { $crate::table::OMITEMPTY };
    (@flag volatile) => { $crate::table::VOLATILE };

    (@field $at:ident, $place:expr, embed [$ty:ty]) => {
        if let Some(index) = $at.within(<$ty as $crate::object::Embed>::TABLE.len()) {
            return $crate::object::Embed::part(&$place, index);
        }
    };
    (@field $at:ident, $place:expr, $json:literal [$ty:ty]) => {
        if $at.here() {
            return Some(&$place);
        }
    };
    (@field_mut $at:ident, $place:expr, embed [$ty:ty]) => {
        if let Some(index) = $at.within(<$ty as $crate::object::Embed>::TABLE.len()) {
            return $crate::object::Embed::part_mut(&mut $place, index);
        }
    };
    (@field_mut $at:ident, $place:expr, $json:literal [$ty:ty]) => {
        if $at.here() {
            return Some(&mut $place);
        }
    };
}
