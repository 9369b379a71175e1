module iota::ed25519 {
    public native fun ed25519_verify(signature: &vector<u8>, public_key: &vector<u8>, msg: &vector<u8>): bool;
}

module iota::hash {
    public native fun blake2b256(data: &vector<u8>): vector<u8>;
    public native fun keccak256(data: &vector<u8>): vector<u8>;
}

module iota::bcs {
    public fun to_bytes<T>(value: &T): vector<u8> { std::bcs::to_bytes(value) }
}
