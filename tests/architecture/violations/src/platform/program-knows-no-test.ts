import '../../tests/support/builder.ts'
