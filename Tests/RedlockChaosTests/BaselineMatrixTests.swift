import Foundation
import Testing

@testable import RedlockChaos

/// What is expected of whom, and what a whole matrix amounts to.
@Suite struct BaselineMatrixTests {
    @Test func `every recipe says what is expected under every fault that means anything to it, and under no other`() {
        for recipe in Recipes.all {
            let meaningful = BaselineFault.allCases.filter { $0.isMeaningless(to: recipe.deployment) == nil }
            #expect(Set(recipe.expected.keys) == Set(meaningful), "\(recipe.name)")
        }
    }

    @Test func `every recipe but redlock is known to let two in or steal, redlock is known to hold`() {
        for recipe in Recipes.all {
            let expected = recipe.expected.values
            if recipe == RedlockRecipe.self {
                #expect(expected.allSatisfy { $0 == .held })
            } else {
                #expect(expected.contains { $0 >= .oversold }, "\(recipe.name)")
            }
        }
        #expect(RedlockRecipe.expected.count == BaselineFault.allCases.count)
    }

    @Test func `names are told apart`() {
        #expect(Set(Recipes.all.map { $0.name }).count == Recipes.all.count)
    }

    // MARK: Conclusions

    /// An observation for every verdict.
    private static func seen(_ verdict: BaselineVerdict) -> Observation {
        switch verdict {
        case .held: Observation(sold: 1, nextGotIn: true)
        case .unavailable: Observation(sold: 1, unreachable: true)
        case .deadlocked: Observation(sold: 0, neverExpires: true)
        case .oversold: Observation(sold: 2, nextGotIn: true, nextGotInEarly: true)
        case .stole: Observation(sold: 1, nextGotIn: true, nextGotInEarly: true, nextLostItsLock: true, thirdGotIn: true)
        }
    }

    private static func asExpected(_ recipe: any LockRecipe.Type, _ fault: BaselineFault) -> BaselineMatrix.Cell.Outcome {
        if let why = fault.isMeaningless(to: recipe.deployment) { return .meaningless(why) }
        guard let verdict = recipe.expected[fault] else { return .failed("nothing is expected") }
        return .seen([seen(verdict)])
    }

    /// A matrix as expected, but for some cells.
    private static func matrix(
        but odd: [(recipe: any LockRecipe.Type, fault: BaselineFault, outcome: BaselineMatrix.Cell.Outcome)] = []
    ) -> BaselineMatrix {
        BaselineMatrix(
            cells: Recipes.all.flatMap { recipe in
                BaselineFault.allCases.map { fault in
                    let other = odd.first { $0.recipe == recipe && $0.fault == fault }?.outcome
                    return .init(recipe: recipe, fault: fault, outcome: other ?? asExpected(recipe, fault))
                }
            })
    }

    @Test func `observations mean what they are made for`() {
        for verdict in BaselineVerdict.allCases { #expect(Self.seen(verdict).verdict == verdict) }
    }

    @Test func `all as expected: exit code 0`() {
        #expect(Self.matrix().conclusion == .asExpected)
        #expect(Self.matrix().conclusion.rawValue == 0)
        #expect(Self.matrix().text.hasSuffix("as expected: 19 known failures were seen, redlock held"))
    }

    @Test(arguments: BaselineVerdict.allCases.filter { $0 != .held })
    func `redlock does not hold: exit code 1, whatever else went wrong`(_ verdict: BaselineVerdict) {
        let matrix = Self.matrix(but: [
            (RedlockRecipe.self, .twoDie, .seen([Self.seen(verdict)])), (Incr.self, .buyers, .failed("no server")),
            (SetNXDel.self, .outlives, .seen([Self.seen(.held)])),
        ])
        #expect(matrix.conclusion.rawValue == 1)
        #expect(matrix.text.contains("REDLOCK BROKE\n"))
        #expect(matrix.text.contains("  redlock, two-of-five-die: expected held, saw \(verdict.rawValue)"))
    }

    @Test func `a cell without an answer: exit code 2, also if it is redlock's`() {
        #expect(Self.matrix(but: [(Incr.self, .buyers, .failed("no server"))]).conclusion.rawValue == 2)
        #expect(Self.matrix(but: [(RedlockRecipe.self, .buyers, .failed("no server"))]).conclusion.rawValue == 2)
        #expect(Self.matrix(but: [(Incr.self, .buyers, .seen([Observation()]))]).conclusion.rawValue == 2)
    }

    @Test func `a known failure that is not seen, or another one: exit code 3`() {
        for verdict in [BaselineVerdict.held, .oversold] {
            let matrix = Self.matrix(but: [(SetNXDel.self, .outlives, .seen([Self.seen(verdict)]))])
            #expect(matrix.conclusion.rawValue == 3)
            #expect(matrix.text.contains("  set-nx-del, work-longer-than-ttl: expected stole, saw \(verdict.rawValue)"))
        }
    }

    // MARK: Output

    @Test func `the text fits into 100 columns, and its columns are aligned`() {
        let lines = Self.matrix().text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 100 })
        let column = lines[1].split(separator: "dies")[0].count
        for line in lines.dropFirst(2).prefix(Recipes.all.count) where !line.hasPrefix("none") {
            #expect(["unavailable", "held"].contains { line.dropFirst(column).hasPrefix($0) }, "\(line)")
        }
    }

    @Test func `the JSON has an object for every cell`() throws {
        struct Entry: Decodable {
            let recipe: String
            let fault: String
            let verdict: String?
            let expected: String?
            let asExpected: Bool
            let reason: String
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let matrix = Self.matrix(but: [(Incr.self, .buyers, .failed("no server"))])
        let entries = try decoder.decode([Entry].self, from: Data(matrix.json().utf8))
        #expect(entries.count == Recipes.all.count * BaselineFault.allCases.count)
        let theft = try #require(entries.first { $0.recipe == "set-nx-del" && $0.fault == "work-longer-than-ttl" })
        #expect((theft.verdict, theft.expected) == ("stole", "stole") && theft.asExpected)
        let failure = try #require(entries.first { $0.recipe == "incr" && $0.fault == "50-buyers-10-tickets" })
        #expect(failure.verdict == nil && failure.expected == "held" && !failure.asExpected && failure.reason == "no server")
        let nothing = try #require(entries.first { $0.recipe == "incr" && $0.fault == "two-of-five-die" })
        #expect(nothing.verdict == nil && nothing.expected == nil && nothing.asExpected)
        #expect(nothing.reason == "there are no five instances")
    }
}
