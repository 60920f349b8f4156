//! discovery/v1: the EndpointSlice; and core/v1's older Endpoints.

use super::meta::META;
use super::{BOOL, INT32, STR, STRING_MAP, STRINGS, Struct, Type, f};

const PROTOCOL: Type = Type::Enum("v1.Protocol", &["TCP", "UDP", "SCTP"]);

static OBJECT_REFERENCE: Struct = Struct {
    name: "ObjectReference",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("namespace", STR),
        f("name", STR),
        f("uid", Type::Enum("types.UID", &[])).inert(),
        f("apiVersion", STR).inert(),
        f("resourceVersion", STR).inert(),
        f("fieldPath", STR).inert(),
    ],
};

static CONDITIONS: Struct = Struct {
    name: "EndpointConditions",
    package: "v1",
    fields: &[f("ready", BOOL).ptr(), f("serving", BOOL).ptr(), f("terminating", BOOL).ptr()],
};

static FOR_ZONE: Struct = Struct { name: "ForZone", package: "v1", fields: &[f("name", STR).ptr()] };
static FOR_NODE: Struct = Struct { name: "ForNode", package: "v1", fields: &[f("name", STR).ptr()] };

static HINTS: Struct = Struct {
    name: "EndpointHints",
    package: "v1",
    fields: &[f("forZones", Type::List(&Type::Struct(&FOR_ZONE))), f("forNodes", Type::List(&Type::Struct(&FOR_NODE)))],
};

static ENDPOINT: Struct = Struct {
    name: "Endpoint",
    package: "v1",
    fields: &[
        f("addresses", STRINGS).ptr(),
        f("conditions", Type::Struct(&CONDITIONS)).ptr(),
        f("hostname", STR).ptr(),
        f("targetRef", Type::Struct(&OBJECT_REFERENCE)).ptr(),
        f("deprecatedTopology", STRING_MAP).inert(),
        f("nodeName", STR).ptr(),
        f("zone", STR).ptr(),
        f("hints", Type::Struct(&HINTS)).ptr(),
    ],
};

static ENDPOINT_PORT: Struct = Struct {
    name: "EndpointPort",
    package: "v1",
    fields: &[f("name", STR).ptr(), f("protocol", PROTOCOL).ptr(), f("port", INT32).ptr(), f("appProtocol", STR).ptr()],
};

/// The EndpointSlice.
pub(super) static ENDPOINT_SLICE: Struct = Struct {
    name: "EndpointSlice",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("addressType", Type::Enum("v1.AddressType", &["IPv4", "IPv6", "FQDN"])).ptr(),
        f("endpoints", Type::List(&Type::Struct(&ENDPOINT))).ptr(),
        f("ports", Type::List(&Type::Struct(&ENDPOINT_PORT))).ptr(),
    ],
};

static ENDPOINT_ADDRESS: Struct = Struct {
    name: "EndpointAddress",
    package: "v1",
    fields: &[
        f("ip", STR).ptr(),
        f("hostname", STR),
        f("nodeName", STR).ptr(),
        f("targetRef", Type::Struct(&OBJECT_REFERENCE)).ptr(),
    ],
};

static SUBSET_PORT: Struct = Struct {
    name: "EndpointPort",
    package: "v1",
    fields: &[f("name", STR), f("port", INT32).ptr(), f("protocol", PROTOCOL), f("appProtocol", STR).ptr()],
};

static SUBSET: Struct = Struct {
    name: "EndpointSubset",
    package: "v1",
    fields: &[
        f("addresses", Type::List(&Type::Struct(&ENDPOINT_ADDRESS))),
        f("notReadyAddresses", Type::List(&Type::Struct(&ENDPOINT_ADDRESS))),
        f("ports", Type::List(&Type::Struct(&SUBSET_PORT))),
    ],
};

/// Endpoints; deprecated, and mirrored to slices for Services without a selector.
pub(super) static ENDPOINTS: Struct = Struct {
    name: "Endpoints",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("subsets", Type::List(&Type::Struct(&SUBSET))),
    ],
};
