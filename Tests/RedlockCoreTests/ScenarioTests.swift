import Testing

struct ScenarioTests {
    @Test("The story happens as it is told", arguments: Scenario.all)
    func story(_ scenario: Scenario) throws {
        let difference = try scenario.play()
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("The stories are found")
    func found() {
        #expect(Scenario.all.count >= 20)
    }

    @Test(
        "A story that is told wrongly is not taken for right",
        arguments: [
            "at 0s start A",
            "at 0s start A\n > send acquire B",
            "at 0s start A\n > send acquire A\n > granted",
            "at 0s start A\n > send acquire A\n = held A",
            "at 0s start A\n > send acquire A ttl 10s to 0,1",
            "at 0s start A\n > send acq",
        ])
    func wrongStory(text: String) throws {
        #expect(try Scenario(name: "wrong", text: "given nodes=3\n" + text).play() != nil)
    }

    @Test(
        "What is not in the language is said with its line",
        arguments: [
            "at 0s begin A", "at soon start A", "at 0s start", "at 0s vote 0 perhaps", "at wake woke B",
            "at 1s start A\n > send acquire A\nat 0s release", "then",
        ])
    func nonsense(text: String) {
        #expect(throws: Scenario.Mistake.self) { try Scenario(name: "nonsense", text: "given nodes=3\n" + text).play() }
    }
}
