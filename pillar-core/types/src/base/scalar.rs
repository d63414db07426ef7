//! [`Data`] for flags, numbers, strings, arrays and optional values.

use crate::value::{Data, Items, Number, Pointer, Slot, Text, View};

impl Data for bool {
    fn view(&self) -> View<'_> {
        View::Bool(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Bool(self)
    }
}

macro_rules! integers {
    ($view:ident: $($ty:ty),*) => {$(
        impl Number for $ty {
            fn set(&mut self, number: i128) -> bool {
                let fits = Self::try_from(number);
                if let Ok(number) = fits {
                    *self = number;
                }
                fits.is_ok()
            }
            fn range(&self) -> (i128, i128) {
                (i128::from(Self::MIN), i128::from(Self::MAX))
            }
        }

        impl Data for $ty {
            fn view(&self) -> View<'_> {
                View::$view((*self).into(), "")
            }
            fn slot(&mut self) -> Slot<'_> {
                Slot::Number(self)
            }
        }
    )*};
}

integers!(Unsigned: u8, u16, u32, u64);
integers!(Signed: i8, i16, i32, i64);

impl Data for f32 {
    fn view(&self) -> View<'_> {
        View::Float32(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Float32(self)
    }
}

impl Data for f64 {
    fn view(&self) -> View<'_> {
        View::Float64(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Float64(self)
    }
}

impl Text for String {
    fn set(&mut self, text: &str) {
        text.clone_into(self);
    }
}

impl Data for String {
    fn view(&self) -> View<'_> {
        View::Text(self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Text(self)
    }
}

impl<T: Data + Default> Pointer for Option<T> {
    fn set(&mut self, present: bool) -> Option<&mut dyn Data> {
        *self = present.then(T::default);
        Some(self.as_mut()?)
    }
}

impl<T: Data + Default> Data for Option<T> {
    fn view(&self) -> View<'_> {
        View::Pointer(self.as_ref().map(|target| target as &dyn Data))
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Pointer(self)
    }
}

impl<T: Data> Data for Box<T> {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
    fn slot(&mut self) -> Slot<'_> {
        (**self).slot()
    }
}

impl<T: Data, const N: usize> Items for [T; N] {
    fn count(&self) -> usize {
        N
    }
    fn item(&self, index: usize) -> Option<&dyn Data> {
        Some(self.get(index)?)
    }
    fn reset(&mut self, _present: bool) {
        for item in self {
            crate::walk::reset(item);
        }
    }
    fn item_mut(&mut self, index: usize) -> Option<&mut dyn Data> {
        Some(self.get_mut(index)?)
    }
}

impl<T: Data, const N: usize> Data for [T; N] {
    fn view(&self) -> View<'_> {
        View::List(Some(self))
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
}
