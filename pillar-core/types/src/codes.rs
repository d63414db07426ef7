//! Enums: numbers or text on the wire, and what we do not know survives.

/// Declares an enum that is a number on the wire. Numbers without a name become `Unknown(n)` and go out
/// again as they came. The zero value is number 0, named or not.
///
/// ```
/// use pillar_types::codes;
///
/// codes! {
///     /// What a disk is for.
///     pub enum DiskUse: u8 {
///         /// Nothing yet.
///         Unspecified = 0,
///         /// The name that people see may differ from the variant's.
///         EveOs = 1 "EVE OS",
///     }
/// }
///
/// assert_eq!(DiskUse::from(1).name(), "EVE OS");
/// assert_eq!(DiskUse::from(77).number(), 77);
/// ```
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* $vis:vis enum $name:ident: $repr:ty {
        $($(#[$vmeta:meta])* $variant:ident = $number:literal $($text:literal)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A number that has no name. Made by `from` only.
            Unknown($repr),
        }

        impl $name {
            /// The number on the wire.
            pub const fn number(self) -> $repr {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// The name, `Unknown` where the number has none.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $crate::codes!(@name $variant $($text)?),)*
                    Self::Unknown(_) => "Unknown",
                }
            }
        }

        impl From<$repr> for $name {
            fn from(number: $repr) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    _ => Self::Unknown(number),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::from(0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<::std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        /// By number.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                self.number().cmp(&other.number())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::walk::debug(self, f)
            }
        }

        impl $crate::value::Number for $name {
            fn set(&mut self, number: i128) -> bool {
                let fits = <$repr>::try_from(number);
                if let Ok(number) = fits {
                    *self = Self::from(number);
                }
                fits.is_ok()
            }
            fn range(&self) -> (i128, i128) {
                (<$repr>::MIN.into(), <$repr>::MAX.into())
            }
        }

        impl $crate::value::Data for $name {
            fn view(&self) -> $crate::value::View<'_> {
                $crate::value::Data::view(&self.number()).named(self.name())
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Number(self)
            }
        }
    };

    (@name $variant:ident) => { stringify!($variant) };
    (@name $variant:ident $text:literal) => { $text };
}

/// Declares an enum that is text on the wire. Other texts become `Unknown(text)` and go out again as they
/// came. The zero value is the empty text, named or not.
///
/// ```
/// use pillar_types::texts;
///
/// texts! {
///     /// How a modem gets its addresses.
///     pub enum IpType {
///         /// Up to the modem.
///         Unspecified = "",
///         /// IPv4 only.
///         Ipv4 = "ipv4",
///     }
/// }
///
/// assert_eq!(IpType::from("ipv4"), IpType::Ipv4);
/// assert_eq!(IpType::from("ipv9").text(), "ipv9");
/// ```
#[macro_export]
macro_rules! texts {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A text that has no name. Made by `from` only.
            Unknown(Box<str>),
        }

        impl $name {
            /// The text on the wire.
            pub const fn text(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(text.into()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::from("")
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<::std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        /// By text.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                self.text().cmp(other.text())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::walk::debug(self, f)
            }
        }

        impl $crate::value::Text for $name {
            fn set(&mut self, text: &str) {
                *self = Self::from(text);
            }
        }

        impl $crate::value::Data for $name {
            fn view(&self) -> $crate::value::View<'_> {
                $crate::value::View::Text(self.text())
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Text(self)
            }
        }
    };
}
