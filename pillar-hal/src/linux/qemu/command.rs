//! What QEMU is told about a domain: arguments, and the file that `-readconfig` reads (spec/05, KVM: argv and
//! config file).
//!
//! Different from EVE's: QEMU makes itself a daemon, so that it outlives us and says on standard error why it
//! cannot; interfaces are put into bridges by zedrouter and not by a script; the console is not logged by QEMU.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use pillar_core::hal::{
    Command, Disk, DiskBus, DiskFormat, Domain, HypervisorError, Nic, is_domain_name, is_link_name,
};
use pillar_types::vm::VmMode;

use super::{Accel, Options};

/// PCI slots that disks and interfaces may take on the root bus, from [`FIRST_SLOT`].
const MAX_DEVICES: usize = 0x1f - FIRST_SLOT;
const FIRST_SLOT: usize = 4;

const MIB: u64 = 1 << 20;

/// The files of a domain, in a folder of its own.
pub(super) struct Files {
    /// `/run/hypervisor/kvm/<domain>`.
    pub dir: PathBuf,
    /// Its process id.
    pub pid: PathBuf,
    /// For commands.
    pub qmp: PathBuf,
    /// For events.
    pub listener: PathBuf,
    /// What [`config`] says.
    pub config: PathBuf,
}

impl Files {
    pub fn new(folder: &Path, name: &str) -> Self {
        let dir = folder.join(name);
        Files {
            pid: dir.join("pid"),
            qmp: dir.join("qmp"),
            listener: dir.join("listener.qmp"),
            config: dir.join("qemu.cfg"),
            dir,
        }
    }
}

/// The program with its arguments.
pub(super) fn command(options: &Options, domain: &Domain, files: &Files) -> Command {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let cpu = match (options.accel, domain.mode) {
        (Accel::Tcg, _) => "max",
        (Accel::Kvm, VmMode::Fml) => {
            "host,hv_time,hv_relaxed,hv_vendor_id=eveitis,hypervisor=off,kvm=off,vmx=off"
        }
        (Accel::Kvm, _) => "host",
    };
    Command::new(&options.program)
        .args(["-display", "none", "-S", "-no-user-config", "-nodefaults", "-no-shutdown"])
        .args(["-serial", "chardev:charserial0", "-machine", "hpet=off", "-cpu", cpu])
        .args(["-name", &domain.name, "-uuid", &domain.uuid.to_string()])
        .args(["-readconfig", &text(&files.config), "-pidfile", &text(&files.pid), "-daemonize"])
}

/// The configuration file, or what in the description cannot be.
pub(super) fn config(options: &Options, domain: &Domain, files: &Files) -> Result<String, HypervisorError> {
    check(domain)?;
    let mut ini = Ini::default();
    ini.section("msg").set("timestamp", "on");
    machine(&mut ini, options, domain)?;
    for (driver, property, value) in [
        ("kvm-pit", "lost_tick_policy", "delay"),
        ("ICH9-LPC", "disable_s3", "1"),
        ("ICH9-LPC", "disable_s4", "1"),
    ] {
        ini.section("global").set("driver", driver).set("property", property).set("value", value);
    }
    ini.section("rtc").set("base", "localtime").set("driftfix", "slew");
    ini.section("overcommit").set("mem-lock", "off");
    socket(&mut ini, "charmonitor", &files.qmp)?;
    ini.section("mon \"monitor\"").set("chardev", "charmonitor").set("mode", "control");
    socket(&mut ini, "charlistener", &files.listener)?;
    ini.section("mon \"listener\"").set("chardev", "charlistener").set("mode", "control");
    ini.section("memory").set("size", &domain.memory.div_ceil(MIB).to_string());
    let cpus = domain.vcpus.to_string();
    ini.section("smp-opts").set("cpus", &cpus).set("sockets", "1").set("cores", &cpus).set("threads", "1");
    ini.section("device").set("driver", "virtio-serial").set("addr", "3");
    socket(&mut ini, "charserial0", &files.dir.join("cons"))?;
    ini.set("mux", "on");
    let console = ini.section("device");
    console.set("driver", "virtconsole").set("chardev", "charserial0");
    console.set("name", "org.lfedge.eve.console.0");
    screen(&mut ini, domain);
    ini.section("device \"pci.2\"").set("driver", "pcie-root-port").set("port", "12");
    ini.set("chassis", "2").set("bus", "pcie.0").set("addr", "0x2");
    ini.section("device \"usb\"").set("driver", "qemu-xhci").set("p2", "15").set("p3", "15");
    ini.set("bus", "pci.2").set("addr", "0x0");
    ini.section("device \"input0\"").set("driver", "usb-tablet").set("bus", "usb.0").set("port", "1");
    devices(&mut ini, options, domain)?;
    Ok(ini.0)
}

fn check(domain: &Domain) -> Result<(), HypervisorError> {
    let bad = |what: &str| Err(HypervisorError::BadDomain(what.into()));
    if !is_domain_name(&domain.name) {
        return bad("its name");
    }
    if domain.memory == 0 || domain.vcpus == 0 {
        return bad("no memory or no CPU");
    }
    if !matches!(domain.mode, VmMode::Pv | VmMode::Hvm | VmMode::Fml | VmMode::Legacy) {
        return bad("a virtualisation mode that QEMU does not have");
    }
    let slots = domain.disks.iter().filter(|disk| disk.bus != DiskBus::Cdrom).count() + domain.nics.len();
    if slots > MAX_DEVICES {
        return bad("more disks and interfaces than there are slots");
    }
    if let Some(nic) = domain.nics.iter().find(|nic| !is_link_name(&nic.tap)) {
        return bad(&format!("an interface named {:?}", nic.tap));
    }
    Ok(())
}

fn machine(ini: &mut Ini, options: &Options, domain: &Domain) -> Result<(), HypervisorError> {
    ini.section("machine").set("type", "pc-q35-3.1").set("dump-guest-core", "off");
    match options.accel {
        Accel::Kvm => ini.set("accel", "kvm").set("kernel-irqchip", "on"),
        Accel::Tcg => ini.set("accel", "tcg"),
    };
    ini.set("vmport", "off");
    if let Some(firmware) = &domain.firmware {
        ini.set_path("firmware", firmware)?;
    }
    if let Some(kernel) = &domain.kernel {
        ini.set_path("kernel", &kernel.path)?;
        if let Some(ramdisk) = &kernel.ramdisk {
            ini.set_path("initrd", ramdisk)?;
        }
        if !kernel.args.is_empty() {
            ini.set_checked("append", &kernel.args)?;
        }
    }
    Ok(())
}

fn screen(ini: &mut Ini, domain: &Domain) {
    let Some(vnc) = &domain.vnc else { return };
    ini.section("vnc \"default\"").set("vnc", &format!("0.0.0.0:{}", vnc.display)).set("to", "99");
    if vnc.password {
        ini.set("password", "on");
    }
    ini.section("device \"video0\"").set("driver", "virtio-vga").set("bus", "pcie.0").set("addr", "0x1");
}

/// Disks, then interfaces: each but a CD-ROM on a root port of its own.
fn devices(ini: &mut Ini, options: &Options, domain: &Domain) -> Result<(), HypervisorError> {
    let mut slot = FIRST_SLOT;
    let mut cdroms = 0;
    for (number, disk) in domain.disks.iter().enumerate() {
        if disk.bus == DiskBus::Cdrom {
            cdrom(ini, number, cdroms, disk)?;
            cdroms += 1;
        } else {
            root_port(ini, slot);
            hard_disk(ini, options, number, slot, disk)?;
            slot += 1;
        }
    }
    for (number, nic) in domain.nics.iter().enumerate() {
        root_port(ini, slot).set("multifunction", "on");
        interface(ini, options, number, slot, nic)?;
        slot += 1;
    }
    Ok(())
}

fn root_port(ini: &mut Ini, slot: usize) -> &mut Ini {
    ini.section(&format!("device \"pci.{slot}\"")).set("driver", "pcie-root-port");
    ini.set("port", &format!("1{slot}")).set("chassis", &slot.to_string());
    ini.set("bus", "pcie.0").set("addr", &format!("{slot:#x}"))
}

fn hard_disk(
    ini: &mut Ini,
    options: &Options,
    number: usize,
    slot: usize,
    disk: &Disk,
) -> Result<(), HypervisorError> {
    let drive = format!("drive-virtio-disk{number}");
    ini.section(&format!("drive \"{drive}\"")).set_path("file", &disk.path)?;
    ini.set("format", format_name(disk.format)).set("aio", options.aio.name());
    ini.set("cache", "writeback").set("if", "none");
    if disk.read_only {
        ini.set("readonly", "on");
    }
    if disk.bus == DiskBus::Ata {
        let bus = format!("ahci.{slot}");
        ini.section(&format!("device \"{bus}\"")).set("driver", "ahci");
        ini.set("bus", &format!("pci.{slot}")).set("addr", "0x0");
        ini.section(&format!("device \"ahci-disk{number}\"")).set("driver", "ide-hd");
        ini.set("bus", &format!("{bus}.0")).set("drive", &drive);
    } else {
        ini.section(&format!("device \"virtio-disk{number}\"")).set("driver", "virtio-blk-pci");
        ini.set("bus", &format!("pci.{slot}")).set("addr", "0x0").set("drive", &drive);
    }
    Ok(())
}

fn cdrom(ini: &mut Ini, number: usize, place: usize, disk: &Disk) -> Result<(), HypervisorError> {
    let drive = format!("drive-sata0-{number}");
    ini.section(&format!("drive \"{drive}\"")).set_path("file", &disk.path)?;
    ini.set("format", format_name(disk.format)).set("if", "none").set("media", "cdrom");
    ini.set("readonly", "on");
    ini.section(&format!("device \"sata0-{place}\"")).set("driver", "ide-cd");
    ini.set("bus", &format!("ide.{place}")).set("drive", &drive);
    Ok(())
}

fn interface(
    ini: &mut Ini,
    options: &Options,
    number: usize,
    slot: usize,
    nic: &Nic,
) -> Result<(), HypervisorError> {
    let mac = nic.mac.map(|byte| format!("{byte:02x}")).join(":");
    ini.section(&format!("netdev \"hostnet{number}\"")).set("type", "tap");
    ini.set_checked("ifname", &nic.tap)?;
    ini.set("script", "no").set("downscript", "no");
    if options.vhost_net && !nic.legacy {
        ini.set("vhost", "on");
    }
    let driver = if nic.legacy { "e1000" } else { "virtio-net-pci" };
    ini.section(&format!("device \"net{number}\"")).set("driver", driver);
    ini.set("netdev", &format!("hostnet{number}")).set("mac", &mac);
    ini.set("bus", &format!("pci.{slot}")).set("addr", "0x0");
    if let Some(mtu) = nic.mtu.filter(|_| !nic.legacy) {
        ini.set("host_mtu", &mtu.to_string());
    }
    Ok(())
}

fn socket(ini: &mut Ini, name: &str, path: &Path) -> Result<(), HypervisorError> {
    ini.section(&format!("chardev \"{name}\"")).set("backend", "socket").set_path("path", path)?;
    ini.set("server", "on").set("wait", "off");
    Ok(())
}

fn format_name(format: DiskFormat) -> &'static str {
    match format {
        DiskFormat::Raw => "raw",
        DiskFormat::Qcow2 => "qcow2",
        DiskFormat::Qcow => "qcow",
        DiskFormat::Vmdk => "vmdk",
        DiskFormat::Vhd => "vpc",
        DiskFormat::Vhdx => "vhdx",
    }
}

/// QEMU's configuration file: `[section]` and `key = "value"`, without a way to write a quote or a line end.
#[derive(Default)]
struct Ini(String);

impl Ini {
    fn section(&mut self, name: &str) -> &mut Self {
        // Writing to memory does not fail.
        let _ = writeln!(self.0, "{}[{name}]", if self.0.is_empty() { "# Made by pillar.\n" } else { "\n" });
        self
    }

    fn set(&mut self, key: &str, value: &str) -> &mut Self {
        let _ = writeln!(self.0, "  {key} = \"{value}\"");
        self
    }

    /// For values from outside.
    fn set_checked(&mut self, key: &str, value: &str) -> Result<&mut Self, HypervisorError> {
        if value.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
            return Err(HypervisorError::BadDomain(format!("{key} {value:?} has characters that it cannot")));
        }
        Ok(self.set(key, value))
    }

    fn set_path(&mut self, key: &str, path: &Path) -> Result<&mut Self, HypervisorError> {
        let text = path.to_str().filter(|text| text.starts_with('/'));
        let text = text.ok_or_else(|| HypervisorError::BadDomain(format!("{key} {}", path.display())))?;
        self.set_checked(key, text)
    }
}

#[cfg(test)]
mod tests {
    use pillar_core::hal::Vnc;

    use super::super::Aio;
    use super::*;

    fn domain() -> Domain {
        let disk = |path: &str, format, bus| Disk { path: path.into(), format, bus, read_only: false };
        Domain {
            name: "6f47a423-e41c-48db-8339-acc3e1f7dad5.1.7".into(),
            uuid: "6f47a423-e41c-48db-8339-acc3e1f7dad5".parse().expect("a UUID"),
            mode: VmMode::Hvm,
            memory: 100 * MIB + 1,
            vcpus: 2,
            firmware: None,
            kernel: None,
            disks: vec![
                disk("/persist/vault/volumes/a#0.qcow2", DiskFormat::Qcow2, DiskBus::Virtio),
                disk("/persist/vault/volumes/b#0.iso", DiskFormat::Raw, DiskBus::Cdrom),
                disk("/persist/vault/volumes/c#0.raw", DiskFormat::Raw, DiskBus::Ata),
            ],
            nics: vec![Nic {
                tap: "nbu1x7".into(),
                mac: [2, 22, 62, 0, 7, 1],
                mtu: Some(1400),
                legacy: false,
            }],
            vnc: Some(Vnc { display: 3, password: true }),
        }
    }

    fn options() -> Options {
        Options { program: "qemu".into(), accel: Accel::Kvm, aio: Aio::IoUring, vhost_net: true }
    }

    fn text(domain: &Domain) -> Result<String, HypervisorError> {
        config(&options(), domain, &Files::new(Path::new("/run/hypervisor/kvm"), &domain.name))
    }

    #[test]
    fn each_disk_and_interface_gets_a_port_of_its_own() {
        let text = text(&domain()).expect("it can be");

        for part in [
            "[memory]\n  size = \"101\"\n",
            "[smp-opts]\n  cpus = \"2\"\n  sockets = \"1\"\n  cores = \"2\"\n  threads = \"1\"\n",
            "[drive \"drive-virtio-disk0\"]\n  file = \"/persist/vault/volumes/a#0.qcow2\"\n  format = \"qcow2\"\n",
            "[device \"virtio-disk0\"]\n  driver = \"virtio-blk-pci\"\n  bus = \"pci.4\"\n",
            "[device \"sata0-0\"]\n  driver = \"ide-cd\"\n  bus = \"ide.0\"\n  drive = \"drive-sata0-1\"\n",
            "[device \"ahci-disk2\"]\n  driver = \"ide-hd\"\n  bus = \"ahci.5.0\"\n",
            "[device \"pci.6\"]\n  driver = \"pcie-root-port\"\n  port = \"16\"\n  chassis = \"6\"\n",
            "[netdev \"hostnet0\"]\n  type = \"tap\"\n  ifname = \"nbu1x7\"\n",
            "  mac = \"02:16:3e:00:07:01\"\n  bus = \"pci.6\"\n  addr = \"0x0\"\n  host_mtu = \"1400\"\n",
            "[vnc \"default\"]\n  vnc = \"0.0.0.0:3\"\n  to = \"99\"\n  password = \"on\"\n",
        ] {
            assert!(text.contains(part), "{part}\nin\n{text}");
        }
    }

    #[test]
    fn what_could_become_another_line_is_refused() {
        let long = vec![domain().nics[0].clone(); MAX_DEVICES];
        let bad: [&dyn Fn(&mut Domain); 6] = [
            &|domain| domain.disks[0].path = PathBuf::from("/a\"\n[device]"),
            &|domain| domain.disks[0].path = PathBuf::from("relative"),
            &|domain| domain.name = "../x".into(),
            &|domain| domain.nics[0].tap = "a,b\"".into(),
            &|domain| domain.nics.clone_from(&long),
            &|domain| domain.mode = VmMode::NoHyper,
        ];
        for spoil in bad {
            let mut domain = domain();
            spoil(&mut domain);
            assert!(matches!(text(&domain), Err(HypervisorError::BadDomain(_))));
        }
    }

    #[test]
    fn arguments_name_the_domain_and_its_files() {
        let domain = domain();
        let files = Files::new(Path::new("/run/hypervisor/kvm"), &domain.name);
        let args = command(&options(), &domain, &files).args.join(" ");

        assert!(args.starts_with(
            "-display none -S -no-user-config -nodefaults -no-shutdown -serial chardev:charserial0"
        ));
        assert!(args.contains("-cpu host -name 6f47a423-e41c-48db-8339-acc3e1f7dad5.1.7 -uuid 6f47a423-"));
        assert!(args.contains("-pidfile /run/hypervisor/kvm/6f47a423-e41c-48db-8339-acc3e1f7dad5.1.7/pid"));
    }
}
