//! What anybody might send: each gets the status that says what is wrong, and the server goes on.

use std::io::Write;
use std::net::TcpStream;

use pillar_core::controller::envelope::{Sender, seal};
use pillar_core::hal::{Method, Role, Scope};
use pillar_types::base64;

use super::Controller;
use super::device::Device;

/// A message signed by one of the device's keys.
fn sealed(device: &Device, role: Role, message: &[u8]) -> Vec<u8> {
    let scope = Scope::unbounded();
    let certificate = device.hal.keys.certificate(&scope, role).unwrap();
    let sender = Sender {
        hash: device.hal.crypto.sha256(&certificate.der),
        certificate: base64::encode(&certificate.pem).into_bytes(),
    };
    seal(message.to_vec(), sender, |message| device.hal.keys.sign(&scope, role, message).map(Vec::from))
        .unwrap()
}

#[test]
fn hostile_requests_are_answered_as_such_and_end_nothing() {
    let mut controller = Controller::new();
    let made = controller.create("one", &[]);
    let stranger = controller.create("stranger", &[]);
    controller.serve();
    let device = Device::installed(&controller, &made);
    let id = made.file_name().unwrap().to_str().unwrap();
    let other = stranger.file_name().unwrap().to_str().unwrap();
    let (config, others) = (format!("id/{id}/config"), format!("id/{other}/config"));
    let post = |endpoint: &str, body: &[u8]| {
        device.send(Method::Post, &controller.url(endpoint), body.to_vec()).status
    };

    let registering = sealed(&device, Role::Onboarding, b"");
    let mut forged = registering.clone();
    let signature = forged.len() - 700; // within the certificate at the end
    forged[signature] ^= 1;
    let signed = sealed(&device, Role::Device, b"");
    let mut broken = signed.clone();
    // The signature is the last but one field, before the certificate.
    let before_certificate = broken.len()
        - base64::encode(&device.hal.keys.certificate(&Scope::unbounded(), Role::Device).unwrap().pem).len();
    broken[before_certificate - 10] ^= 1;

    // Before it has registered, the device is nobody.
    assert_eq!(post("uuid", &signed), 400);
    assert_eq!(post(&config, &signed), 400);

    // Registering.
    assert_eq!(post("register", &registering), 422, "no device certificate");
    assert_eq!(post("register", &forged), 401);
    assert_eq!(
        post("register", &signed),
        422,
        "its own certificate onboards nobody, but first it must say who"
    );
    assert_eq!(post("register", b""), 401, "no certificate at all");
    assert_eq!(post("register", b"\xff\xff\xff"), 422);

    // Once it is known.
    std::fs::copy(device.folder.path("config/device.cert.pem"), made.join("device.cert.pem")).unwrap();
    assert_eq!(post("uuid", &signed), 200);
    assert_eq!(post("uuid", &broken), 401);
    for cut in [1, 10, 40] {
        let status = post("uuid", &signed[..signed.len() - cut]);
        assert_eq!(status, 422, "{cut} bytes are missing");
    }
    assert_eq!(post(&config, &sealed(&device, Role::Device, b"\xff\xff")), 422);
    assert_eq!(post(&others, &signed), 403, "another device's");
    assert_eq!(post(&format!("id/{id}/info"), &sealed(&device, Role::Device, b"\x0a\xff")), 422);
    assert_eq!(post(&format!("id/{id}/attest"), &signed), 422, "no step of attestation");

    // Anything else.
    assert_eq!(post(&config, &vec![0; 5 << 20]), 413);
    assert_eq!(post("certs", b""), 405);
    for path in ["", "nothing", "id/x/config", "id//config", "../../../etc/passwd"] {
        assert_eq!(post(path, b""), 404, "{path}");
    }
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0x16, 3, 1, 0xff, 0xff, 1], b""] {
        TcpStream::connect(controller.address()).unwrap().write_all(bytes).unwrap();
    }
    assert_eq!(device.send(Method::Get, &controller.url("ping"), Vec::new()).status, 200);
    assert!(controller.runs());
}

#[test]
fn wrong_calls_are_told_what_is_wrong() {
    let controller = Controller::new();
    for (command, args, wanted) in [
        ("nothing", [].as_slice(), "unknown command 'nothing'"),
        ("create", &[], "NAME is missing"),
        ("create", &["a/b"], "NAME a/b"),
        ("create", &["a", "b"], "unknown argument 'b'"),
        ("create", &["a", "--serial"], "--serial needs a value"),
        ("serve", &["--listen", "x"], "--listen x"),
    ] {
        let output = controller.call(command, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(wanted), "{command} {args:?}: {output:?}");
    }
    let again = controller.call("init", &[]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    controller.create("one", &[]);
    assert_eq!(controller.call("create", &["one"]).status.code(), Some(1));
}
