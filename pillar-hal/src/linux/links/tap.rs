//! Taps that live without a process: the host's ends of guests' interfaces (kernel, networking/tuntap).

use std::ffi::c_short;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, Opcode, Setter, ioctl, opcode};

/// `TUNSETIFF` and `TUNSETPERSIST` of linux/if_tun.h. Their types there are not what they take.
const SET_INTERFACE: Opcode = opcode::write::<u32>(b'T', 202);
const SET_PERSISTENT: Opcode = opcode::write::<u32>(b'T', 203);

/// A tap, whose packets have no further header.
const IFF_TAP: c_short = 0x2;
const IFF_NO_PI: c_short = 0x1000;

/// `struct ifreq`: a name, then a union whose first member here are flags.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; 16],
    flags: c_short,
    rest: [u8; 22],
}

/// Makes a tap. The name is that of a link: shorter than its place.
pub(super) fn create(name: &str) -> Result<(), Errno> {
    let fd = rustix::fs::open("/dev/net/tun", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    let mut request = InterfaceRequest { name: [0; 16], flags: IFF_TAP | IFF_NO_PI, rest: [0; 22] };
    let bytes = name.as_bytes();
    request.name.get_mut(..bytes.len()).ok_or(Errno::INVAL)?.copy_from_slice(bytes);
    // SAFETY: TUNSETIFF reads a `struct ifreq`, whose layout and size `InterfaceRequest` has.
    unsafe { ioctl(&fd, Setter::<SET_INTERFACE, InterfaceRequest>::new(request)) }?;
    // SAFETY: TUNSETPERSIST takes a number in place of a pointer, and reads no memory.
    unsafe { ioctl(&fd, IntegerSetter::<SET_PERSISTENT>::new_usize(1)) }
}
