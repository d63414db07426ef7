//! Patch envelopes: files that applications fetch from the device.

use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType, int32, message, skip_field, string};
use prost::{DecodeError, Enumeration, Message, Oneof};

use crate::common::CipherBlock;
use crate::google::Timestamp;

/// An artifact given in the configuration itself.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct InlineOpaqueBase64Data {
    /// Base64 of the content.
    #[prost(string, tag = "1")]
    pub base64_data: String,
    /// Name that the application sees.
    #[prost(string, tag = "2")]
    pub file_name_to_use: String,
    /// Base64 of meta data.
    #[prost(string, optional, tag = "3")]
    pub base64_meta_data: Option<String>,
}

/// The same, encrypted.
#[derive(Clone, PartialEq, Message)]
pub struct EncryptedInlineOpaqueBase64Data {
    /// Holds an encoded [`InlineOpaqueBase64Data`].
    #[prost(message, optional, tag = "1")]
    pub cipher_data: Option<CipherBlock>,
}

/// An artifact that is a volume.
#[derive(Clone, PartialEq, Message)]
pub struct ExternalOpaqueBinaryBlob {
    /// Name of the image in its datastore.
    #[prost(string, tag = "1")]
    pub image_name: String,
    /// Name that the application sees; absent for `image_name`.
    #[prost(string, optional, tag = "2")]
    pub file_name_to_use: Option<String>,
    /// Meta data.
    #[prost(string, optional, tag = "3")]
    pub blob_meta_data: Option<String>,
    /// UUID of the volume.
    #[prost(string, tag = "4")]
    pub image_id: String,
}

/// The same, encrypted.
#[derive(Clone, PartialEq, Message)]
pub struct EncryptedExternalOpaqueBinaryBlob {
    /// Holds an encoded [`ExternalOpaqueBinaryBlob`].
    #[prost(message, optional, tag = "1")]
    pub cipher_data: Option<CipherBlock>,
}

/// One file of an envelope.
///
/// `Message` is written by hand: prost puts a choice at its lowest number, but the members 6 and 7 belong
/// behind the fields 4 and 5.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EveBinaryArtifact {
    /// An [`OpaqueObjectCategory`].
    pub format: i32,
    /// Clear meta data; `metadata_cipher_data` wins.
    pub artifact_meta_data: Option<String>,
    /// Meta data in [`EncryptionBlock::encrypted_data`](crate::common::EncryptionBlock::encrypted_data).
    pub metadata_cipher_data: Option<CipherBlock>,
    /// The content.
    pub binary_blob: Option<BinaryBlob>,
}

/// Where the content of an artifact is.
#[derive(Clone, PartialEq, Oneof)]
pub enum BinaryBlob {
    /// Here.
    #[prost(message, tag = "2")]
    Inline(InlineOpaqueBase64Data),
    /// In a volume.
    #[prost(message, tag = "3")]
    VolumeRef(ExternalOpaqueBinaryBlob),
    /// Here, encrypted.
    #[prost(message, tag = "6")]
    EncryptedInline(EncryptedInlineOpaqueBase64Data),
    /// In a volume, with encrypted reference.
    #[prost(message, tag = "7")]
    EncryptedVolumeRef(EncryptedExternalOpaqueBinaryBlob),
}

impl BinaryBlob {
    /// Its number lies behind the ordinary fields.
    fn comes_last(&self) -> bool {
        matches!(self, Self::EncryptedInline(_) | Self::EncryptedVolumeRef(_))
    }
}

impl Message for EveBinaryArtifact {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        if self.format != 0 {
            int32::encode(1, &self.format, buf);
        }
        if let Some(blob) = self.binary_blob.as_ref().filter(|blob| !blob.comes_last()) {
            blob.encode(buf);
        }
        if let Some(text) = &self.artifact_meta_data {
            string::encode(4, text, buf);
        }
        if let Some(block) = &self.metadata_cipher_data {
            message::encode(5, block, buf);
        }
        if let Some(blob) = self.binary_blob.as_ref().filter(|blob| blob.comes_last()) {
            blob.encode(buf);
        }
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => int32::merge(wire_type, &mut self.format, buf, ctx),
            2 | 3 | 6 | 7 => BinaryBlob::merge(&mut self.binary_blob, tag, wire_type, buf, ctx),
            4 => string::merge(wire_type, self.artifact_meta_data.get_or_insert_default(), buf, ctx),
            5 => message::merge(wire_type, self.metadata_cipher_data.get_or_insert_default(), buf, ctx),
            _ => skip_field(wire_type, tag, buf, ctx),
        }
    }

    fn encoded_len(&self) -> usize {
        let format = if self.format == 0 { 0 } else { int32::encoded_len(1, &self.format) };
        let text = self.artifact_meta_data.as_ref().map_or(0, |text| string::encoded_len(4, text));
        let block = self.metadata_cipher_data.as_ref().map_or(0, |block| message::encoded_len(5, block));
        format + text + block + self.binary_blob.as_ref().map_or(0, BinaryBlob::encoded_len)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A set of artifacts for some applications.
#[derive(Clone, PartialEq, Message)]
pub struct EvePatchEnvelope {
    /// Name, unique on the device.
    #[prost(string, tag = "1")]
    pub display_name: String,
    /// UUID of the envelope.
    #[prost(string, tag = "2")]
    pub uuid: String,
    /// Version for people.
    #[prost(string, optional, tag = "3")]
    pub version: Option<String>,
    /// A [`PatchEnvelopeAction`].
    #[prost(enumeration = "PatchEnvelopeAction", tag = "4")]
    pub action: i32,
    /// The artifacts.
    #[prost(message, repeated, tag = "5")]
    pub artifacts: Vec<EveBinaryArtifact>,
    /// UUIDs of the applications that may fetch it.
    #[prost(string, repeated, tag = "6")]
    pub app_inst_ids_allowed: Vec<String>,
    /// When the controller made it.
    #[prost(message, optional, tag = "7")]
    pub create_time: Option<Timestamp>,
}

/// Forms of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum OpaqueObjectCategory {
    /// `UNKNOWN`.
    Unknown = 0,
    /// `BASE64`.
    Base64 = 1,
    /// `BINARYBLOB`.
    BinaryBlob = 2,
    /// `SECRET`: not allowed for artifacts.
    Secret = 3,
}

/// How far to go with an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum PatchEnvelopeAction {
    /// `STORE`: download, do not offer.
    Store = 0,
    /// `ACTIVATE`: download and offer.
    Activate = 1,
}

crate::debug_without_content!(InlineOpaqueBase64Data);
