//! Which LEDs a model has for us (spec/03, LED blinking). The model comes from firmware or from a file; it is
//! only ever compared with the names here.

use crate::hal::Led;

/// What a model has for us to shine with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lights {
    /// Nothing.
    None,
    /// A screen instead of a LED. No model names a file to write to, so nothing is shown.
    Display,
    /// The first of these LEDs of the kernel that is there.
    Status(&'static [&'static str]),
    /// A pin, for a LED without a driver.
    Pin(u16),
    /// A LED for the device, and a green and a red one in one place for its applications.
    StatusAndApps {
        /// The LED for the device.
        status: &'static str,
        /// The green one for applications.
        green: &'static str,
        /// The red one for applications.
        red: &'static str,
    },
}

const HIKEY: Lights = Lights::Status(&["wifi_active"]);

/// Models, `*` standing for any text, and what they have. The first that fits counts. Boards that only a device
/// tree names are here by the model that EVE's table has, which no device says (spec/03, weakness 19), and by the
/// one that they do say.
#[rustfmt::skip]
const MODELS: &[(&str, Lights)] = &[
    ("Supermicro.SYS-E100-9APP", Lights::None),
    ("Supermicro.SYS-E100-9S", Lights::None),
    ("Supermicro.SYS-E50-9AP", Lights::None),
    ("Supermicro.Super Server", Lights::None),
    ("Supermicro.SYS-E300-8D", Lights::None),
    ("Supermicro.SYS-E300-9A-4CN10P", Lights::None),
    ("Supermicro.SYS-5018D-FN8T", Lights::None),
    ("PC Engines.apu2", Lights::Status(&["apu2:green:led3"])),
    ("Dell Inc..Edge Gateway 3001", Lights::Pin(346)),
    ("Dell Inc..Edge Gateway 3002", Lights::Pin(346)),
    ("Dell Inc..Edge Gateway 3003", Lights::Pin(346)),
    ("SIEMENS AG.SIMATIC IPC127E", Lights::StatusAndApps {
        status: "ipc127:green:1",
        green: "ipc127:green:3",
        red: "ipc127:red:3",
    }),
    ("hisilicon,hi6220-hikey.hisilicon,hi6220.", HIKEY),
    ("hisilicon,hi6220-hikey.hisilicon,hi6220", HIKEY),
    ("hisilicon,hikey.hisilicon,hi6220.", HIKEY),
    ("hisilicon,hikey.hisilicon,hi6220", HIKEY),
    ("LeMaker.HiKey-6220", HIKEY),
    ("*QEMU*", Lights::Display),
    ("*Red Hat.KVM*", Lights::None),
    ("*Parallels*", Lights::None),
    ("*Google*", Lights::None),
    ("*VMware*", Lights::None),
    ("raspberrypi.rpi.raspberrypi,4-model-b.brcm,bcm2711", Lights::Status(&["ACT", "led0"])),
    ("RaspberryPi.RPi4", Lights::Status(&["ACT", "led0"])),
    ("raspberrypi,4-compute-modulebrcm,bcm2711", Lights::Status(&["ACT"])),
    ("raspberrypi,4-compute-module.brcm,bcm2711", Lights::Status(&["ACT"])),
    ("raspberrypi,5-model-bbrcm,bcm2712", Lights::Status(&["ACT"])),
    ("raspberrypi,5-model-b.brcm,bcm2712", Lights::Status(&["ACT"])),
    ("raspberrypi.uno-220.raspberrypi,4-model-b.brcm,bcm2711", Lights::Status(&["uno"])),
    ("rockchip.evb_rk3399.NexCore,Q116.rockchip,rk3399", Lights::Status(&["eve"])),
    ("AAEON.UP-APL01", Lights::Status(&["upboard:blue:"])),
    ("Axiomtek Co., Ltd.EM320", Lights::Status(&["blue:status-0"])),
    // EVE's table has these two as regular expressions, in which a dot is any character.
    ("*advantech.imx8mp_rsb3720a1*", Lights::Status(&["user"])),
    ("*advantech,imx8mp_rsb3720a1*", Lights::Status(&["user"])),
    ("*phytec,imx8mp-phyboard-pollux-rdk*", Lights::Status(&["led3"])),
];

impl Lights {
    /// What a model has.
    pub fn of(model: &str) -> Self {
        let row = MODELS.iter().find(|(pattern, _)| fits(pattern, model));
        row.map_or(Lights::None, |(_, lights)| *lights)
    }

    /// The LEDs for the device itself, best first.
    pub fn status(self) -> Vec<Led> {
        let class = |name: &&str| Led::Class((*name).to_owned());
        match self {
            Lights::None | Lights::Display => Vec::new(),
            Lights::Status(names) => names.iter().map(class).collect(),
            Lights::Pin(pin) => vec![Led::Gpio(pin)],
            Lights::StatusAndApps { status, .. } => vec![class(&status)],
        }
    }

    /// The green and the red LED for applications.
    pub fn apps(self) -> Option<(Led, Led)> {
        let Lights::StatusAndApps { green, red, .. } = self else { return None };
        Some((Led::Class(green.to_owned()), Led::Class(red.to_owned())))
    }
}

/// Whether a pattern, in which `*` stands for any text, is the whole of a model.
fn fits(pattern: &str, model: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| model.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware_model::format_model;

    #[test]
    fn every_model_of_the_specification_has_its_leds() {
        let hikey = HIKEY;
        let act_or_led0 = Lights::Status(&["ACT", "led0"]);
        for (model, lights) in [
            ("Supermicro.SYS-E100-9APP", Lights::None),
            ("Supermicro.SYS-5018D-FN8T", Lights::None),
            ("PC Engines.apu2", Lights::Status(&["apu2:green:led3"])),
            ("PC Engines.apu20", Lights::None),
            ("PC Engines.APU2", Lights::None),
            ("Dell Inc..Edge Gateway 3001", Lights::Pin(346)),
            ("Dell Inc..Edge Gateway 3002", Lights::Pin(346)),
            ("Dell Inc..Edge Gateway 3003", Lights::Pin(346)),
            ("Dell Inc..Edge Gateway 3004", Lights::None),
            ("hisilicon,hi6220-hikey.hisilicon,hi6220.", hikey),
            ("hisilicon,hikey.hisilicon,hi6220.", hikey),
            ("LeMaker.HiKey-6220", hikey),
            ("QEMU.Standard PC (Q35 + ICH9, 2009)", Lights::Display),
            ("QEMU.", Lights::Display),
            ("Red Hat.KVM", Lights::None),
            ("Parallels International GmbH.Parallels Virtual Platform", Lights::None),
            ("Google.Google Compute Engine", Lights::None),
            ("VMware, Inc..VMware7,1", Lights::None),
            ("raspberrypi.rpi.raspberrypi,4-model-b.brcm,bcm2711", act_or_led0),
            ("RaspberryPi.RPi4", act_or_led0),
            ("raspberrypi,4-compute-modulebrcm,bcm2711", Lights::Status(&["ACT"])),
            ("raspberrypi,5-model-bbrcm,bcm2712", Lights::Status(&["ACT"])),
            ("raspberrypi.uno-220.raspberrypi,4-model-b.brcm,bcm2711", Lights::Status(&["uno"])),
            ("rockchip.evb_rk3399.NexCore,Q116.rockchip,rk3399", Lights::Status(&["eve"])),
            ("AAEON.UP-APL01", Lights::Status(&["upboard:blue:"])),
            ("Axiomtek Co., Ltd.EM320", Lights::Status(&["blue:status-0"])),
            ("advantech.imx8mp_rsb3720a1.fsl,imx8mp", Lights::Status(&["user"])),
            ("advantech,imx8mp_rsb3720a1.fsl,imx8mp", Lights::Status(&["user"])),
            ("phytec,imx8mp-phyboard-pollux-rdk.phytec,imx8mp-phycore-som", Lights::Status(&["led3"])),
            ("Acme.Anvil", Lights::None),
            ("default", Lights::None),
            ("", Lights::None),
        ] {
            assert_eq!(Lights::of(model), lights, "{model}");
        }
    }

    /// Weakness 19 of the reference: names in its table that no device says.
    #[test]
    fn what_a_device_tree_really_says_is_known() {
        for (compatible, led) in [
            ("raspberrypi,4-compute-module\0brcm,bcm2711\0", "ACT"),
            ("raspberrypi,5-model-b\0brcm,bcm2712\0", "ACT"),
            ("hisilicon,hi6220-hikey\0hisilicon,hi6220\0", "wifi_active"),
            ("hisilicon,hikey\0hisilicon,hi6220\0", "wifi_active"),
        ] {
            let model = format_model("", "", compatible.as_bytes());
            assert_eq!(Lights::of(&model).status(), [Led::Class(led.to_owned())], "{model}");
        }
    }

    /// Weakness 19 of the reference: it says that a model without a LED has one.
    #[test]
    fn only_a_model_with_a_led_has_one() {
        for (model, leds) in [
            ("Supermicro.Super Server", 0),
            ("QEMU.x", 0),
            ("Acme.Anvil", 0),
            ("Dell Inc..Edge Gateway 3001", 1),
            ("RaspberryPi.RPi4", 2),
            ("SIEMENS AG.SIMATIC IPC127E", 1),
        ] {
            assert_eq!(Lights::of(model).status().len(), leds, "{model}");
        }
        let class = |name: &str| Led::Class(name.to_owned());
        let siemens = Lights::of("SIEMENS AG.SIMATIC IPC127E");
        assert_eq!(siemens.apps(), Some((class("ipc127:green:3"), class("ipc127:red:3"))));
        assert_eq!(Lights::of("PC Engines.apu2").apps(), None);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, model, fit) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abcd", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*ü*", "xüy", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, model), fit, "{pattern} {model}");
        }
    }
}
