/// A certificate with its key and the certificate of its authority, as PEM files.
///
/// The files exist as long as any certificate of the authority, or the authority itself, is held; never after this process.
package struct Certificate: Sendable {
    /// The certificate.
    package let certificatePath: String
    /// Its private key, which only this user can read.
    package let keyPath: String
    /// The authority's certificate: what the other side is to trust.
    package let authorityPath: String

    /// Keeps the files.
    private let directory: GuardedDirectory

    /// Names the files of a certificate.
    init(certificatePath: String, keyPath: String, authorityPath: String, directory: GuardedDirectory) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.authorityPath = authorityPath
        self.directory = directory
    }
}
