"""The counting of `./dev test`: a crash, an empty run and a failure are never a success."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '.ci'))
import suite  # noqa: E402

GTEST_OK = '[==========] 3 tests from 1 test suite ran.\n[  PASSED  ] 3 tests.\n'
GTEST_BAD = ('[==========] 3 tests from 1 test suite ran.\n[  PASSED  ] 2 tests.\n'
             '[  FAILED  ] 1 test, listed below:\n[  FAILED  ] Table.grows\n\n 1 FAILED TEST\n')


class Count(unittest.TestCase):
    def test_gtest(self):
        self.assertEqual(suite.count(GTEST_OK, 0), (3, 0, 0))
        self.assertEqual(suite.count(GTEST_BAD, 1), (2, 1, 0))

    def test_gtest_that_dies_after_some_tests(self):
        self.assertEqual(suite.count('[==========] Running 9 tests\n[       OK ] A.b\n', -11), (0, 1, 0))

    def test_gtest_that_passes_and_then_leaks(self):
        self.assertEqual(suite.count(GTEST_OK + '==1==ERROR: LeakSanitizer\n', 23), (3, 1, 0))

    def test_closing_line(self):
        self.assertEqual(suite.count('wire\n41 passed, 0 failed\n', 0), (41, 0, 0))
        self.assertEqual(suite.count('41 passed, 2 failed\n', 1), (41, 2, 0))
        self.assertEqual(suite.count('wire: 4 passed, 0 failed, 3 skipped\n', 0), (4, 0, 3))

    def test_the_last_closing_line_counts(self):
        self.assertEqual(suite.count('1 passed, 1 failed\n7 passed, 0 failed\n', 0), (7, 0, 0))

    def test_unittest(self):
        self.assertEqual(suite.count('...\nRan 5 tests in 0.1s\n\nOK\n', 0), (5, 0, 0))
        self.assertEqual(suite.count('\nRan 5 tests in 0.1s\n\nOK (skipped=2)\n', 0), (3, 0, 2))
        verdict = '\nRan 6 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n'
        self.assertEqual(suite.count(verdict, 1), (2, 3, 1))

    def test_a_closing_line_sums_several_unittest_runs(self):
        output = '\nRan 5 tests in 0.1s\n\nOK\n\nRan 5 tests in 0.1s\n\nFAILED (failures=1)\n9 passed, 1 failed\n'
        self.assertEqual(suite.count(output, 1), (9, 1, 0))

    def test_exit_code_wins_over_a_clean_count(self):
        self.assertEqual(suite.count('41 passed, 0 failed\n', 1), (41, 1, 0))

    def test_nothing_tested_is_a_failure(self):
        self.assertEqual(suite.count('', 0), (0, 1, 0))
        self.assertEqual(suite.count('0 passed, 0 failed\n', 0), (0, 1, 0))


if __name__ == '__main__':
    unittest.main()
