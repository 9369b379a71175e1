#[test_only]
module std::debug {
    public native fun print<T>(x: &T);
}

#[test_only]
module std::unit_test {
    /// Test builds link against this name, so that a test build can never be published.
    public native fun poison();
}
