//! Datastores and content trees. A reference that is no UUID stays as the nil UUID, which volumemgr does not find and
//! reports (spec/01, Parsing checks).

use pillar_proto::config::{ContentTree, DatastoreConfig as ProtoDatastore, DsType, EdgeDevConfig};
use pillar_types::content::ContentTreeConfig;
use pillar_types::disk::ImageFormat;
use pillar_types::download::{DatastoreConfig, DatastoreType};
use pillar_types::{Time, Uuid};

use super::{Contexts, identity};

/// The region of S3 when none is said.
const DEFAULT_REGION: &str = "us-west-2";

/// Where content comes from.
pub fn datastores(config: &EdgeDevConfig, contexts: &Contexts, now: Time) -> Vec<(String, DatastoreConfig)> {
    let one = |store: &ProtoDatastore| {
        let uuid = identity("the datastore", &store.fqdn, &store.id)?;
        let key = uuid.to_string();
        Some((key.clone(), datastore(uuid, &key, store, contexts, now)))
    };
    config.datastores.iter().filter_map(one).collect()
}

fn datastore(
    uuid: Uuid,
    key: &str,
    store: &ProtoDatastore,
    contexts: &Contexts,
    now: Time,
) -> DatastoreConfig {
    let region = if store.region.is_empty() { DEFAULT_REGION } else { &store.region };
    DatastoreConfig {
        uuid,
        ds_type: kind(store.ds_type),
        fqdn: store.fqdn.clone(),
        api_key: store.api_key.clone().into(),
        password: store.password.clone().into(),
        dpath: store.dpath.clone(),
        region: region.to_owned(),
        ds_cert_pem: store.ds_cert_pem.iter().map(|pem| pem.clone().into()).collect(),
        cipher_block: contexts.block(key, store.cipher_data.as_ref(), now),
    }
}

fn kind(number: i32) -> DatastoreType {
    match DsType::try_from(number) {
        Ok(DsType::Http) => DatastoreType::Http,
        Ok(DsType::Https) => DatastoreType::Https,
        Ok(DsType::S3) => DatastoreType::S3,
        Ok(DsType::Sftp) => DatastoreType::Sftp,
        Ok(DsType::ContainerRegistry) => DatastoreType::ContainerRegistry,
        Ok(DsType::AzureBlob) => DatastoreType::AzureBlob,
        Ok(DsType::GoogleStorage) => DatastoreType::GoogleStorage,
        // The number as text, as the reference names what it does not know.
        Err(_) => DatastoreType::from(number.to_string().as_str()),
        Ok(DsType::Unknown) => DatastoreType::Unspecified,
    }
}

/// Images.
pub fn content_trees(config: &EdgeDevConfig, device: Uuid) -> Vec<(String, ContentTreeConfig)> {
    let one = |tree: &ContentTree| {
        let content_id = identity("the content tree", &tree.display_name, &tree.uuid)?;
        Some((content_id.to_string(), content_tree(content_id, tree, device)))
    };
    config.content_info.iter().filter_map(one).collect()
}

fn content_tree(content_id: Uuid, tree: &ContentTree, device: Uuid) -> ContentTreeConfig {
    let stores = match &tree.ds_ids_list[..] {
        [] => std::slice::from_ref(&tree.ds_id),
        several => several,
    };
    ContentTreeConfig {
        content_id,
        datastore_id_list: stores.iter().map(|id| id.parse().unwrap_or_default()).collect(),
        relative_url: tree.url.clone(),
        format: ImageFormat::from(tree.format),
        content_sha256: tree.sha256.to_lowercase(),
        max_download_size: tree.max_size_bytes,
        display_name: tree.display_name.clone(),
        custom_meta: tree.custom_meta_data.clone(),
        is_local: is_here(&tree.designated_node_id, device),
        ..ContentTreeConfig::default()
    }
}

/// Whether something is for this node: also when it is for none in particular.
pub(super) fn is_here(node: &str, device: Uuid) -> bool {
    node.is_empty() || node.parse() == Ok(device)
}
